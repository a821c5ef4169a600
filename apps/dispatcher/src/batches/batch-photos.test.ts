import type { BatchRecord } from '@m2fp/queue/batches';
import { expect, test } from 'vitest';
import { listPage } from './batch-photos.ts';

/** The keys that a batch gets from a prefix under which these are. */
async function listed(prefix: string, keys: readonly string[]): Promise<readonly string[]> {
  const batch = { id: 'batch', spec: { inputPrefix: prefix }, cursor: undefined, total: 0 } as unknown as BatchRecord;
  const added: string[] = [];
  const addListed = async (_id: string, _cursor: unknown, found: readonly string[]): Promise<never> => {
    added.push(...found);
    return undefined as never;
  };
  const recount = async (): Promise<boolean> => true;
  const list = async () => ({ keys, cursor: undefined }) as never;
  await listPage(batch, { addListed, recount }, { list }, { maxPhotos: 10, timeoutMs: 60_000 });
  return added;
}

test('hidden files and folders under a prefix are no photos', async () => {
  const keys = ['2026/', '2026/a.jpg', '2026/._a.jpg', '2026/.DS_Store', '2026/__MACOSX/a.jpg', '2026/.cache/a.jpg'];
  await expect(listed('2026/', keys)).resolves.toEqual(['2026/a.jpg']);
  await expect(listed('', keys)).resolves.toEqual(['2026/a.jpg']);
  await expect(listed('2026/', ['2026/.DS_Store'])).rejects.toMatchObject({ code: 'input_not_found' });
});

test('a hidden folder that the prefix itself names is listed', async () => {
  await expect(listed('.photos/', ['.photos/a.jpg', '.photos/._a.jpg'])).resolves.toEqual(['.photos/a.jpg']);
});
