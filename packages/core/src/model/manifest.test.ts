import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testDrafts } from '../../testing/model/test-manifests.ts';
import { graphsOf } from '../kinds/kinds.ts';
import { readManifest } from './bundle.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-manifest-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const manifests = Object.values(testDrafts).map((draft) => {
  const files = graphsOf({ ...draft, files: [] }).map((path) => ({ path, bytes: 7, sha256: 'ab'.repeat(32) }));
  return { ...draft, files };
});

/** What reading a `manifest.json` with this text gives, or `refused`. */
async function read(text: string): Promise<unknown> {
  await writeFile(join(dir, 'manifest.json'), text);
  return readManifest(dir).catch((error: unknown) => {
    expect(error).toMatchObject({ name: 'AppError', code: 'model_unavailable' });
    return 'refused';
  });
}

/** A copy with the value that `choice` lands on replaced; removed for `undefined`. */
function replaceOne(value: unknown, choice: number, replacement: unknown): unknown {
  let left = choice % countValues(value);
  return (function visit(part: unknown): unknown {
    if (left-- === 0) return replacement;
    if (Array.isArray(part)) return part.map(visit);
    if (typeof part !== 'object' || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, visit(inner)]));
  })(value);
}

function countValues(value: unknown): number {
  const parts: unknown[] = typeof value === 'object' && value !== null ? Object.values(value) : [];
  return parts.reduce<number>((sum, part) => sum + countValues(part), 1);
}

describe('a manifest', () => {
  it.each(manifests)('of the kind $kind is read as it was written', async (manifest) => {
    expect(await read(JSON.stringify(manifest))).toEqual(manifest);
  });

  it.each(manifests)('of the kind $kind is refused without one of its graphs', async (manifest) => {
    for (const graph of graphsOf(manifest)) {
      const files = [{ path: 'other.bin', bytes: 7, sha256: 'ab'.repeat(32) }].concat(
        manifest.files.filter(({ path }) => path !== graph),
      );
      expect(await read(JSON.stringify({ ...manifest, files }))).toBe('refused');
    }
  });

  it('with any one value changed is refused, or read as changed', async () => {
    const value = fc.option(fc.oneof(fc.jsonValue(), fc.constantFrom('portrait', 'm2fp', '../x')), { nil: undefined });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...manifests), fc.nat(), value, async (manifest, choice, replacement) => {
        const text = JSON.stringify(replaceOne(manifest, choice, replacement)) ?? '';
        const found = await read(text);
        if (found !== 'refused') expect(found).toEqual(JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it('of any other text is refused', async () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.json());
    await fc.assert(
      fc.asyncProperty(text, async (any) => {
        expect(await read(any)).toBe('refused');
      }),
    );
  });
});
