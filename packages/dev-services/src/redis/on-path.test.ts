import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { findOnPath } from './on-path.ts';

async function folderWith(programs: Record<string, number>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'm2fp-path-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const [name, mode] of Object.entries(programs)) {
    await writeFile(join(folder, name), '');
    await chmod(join(folder, name), mode);
  }
  return folder;
}

test('redis-server goes before valkey-server, wherever they stand on the path', async () => {
  const valkey = await folderWith({ 'valkey-server': 0o755 });
  const redis = await folderWith({ 'redis-server': 0o755 });
  expect(await findOnPath(`${valkey}:${redis}`)).toBe(join(redis, 'redis-server'));
  expect(await findOnPath(valkey)).toBe(join(valkey, 'valkey-server'));
});

test('what cannot be run, and relative folders, do not count', async () => {
  expect(await findOnPath(`.:${await folderWith({ 'redis-server': 0o644 })}`)).toBeUndefined();
});
