import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { drawMap } from '../../testing/draw-map.ts';
import { createPredictionStore, openPredictions } from './predictions.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-predictions-'));
});
afterEach(() => rm(dir, { recursive: true }));

const prediction = {
  semantic: drawMap('01', '20'),
  parts: { map: drawMap('01', '20'), found: [{ id: 1, classId: 1, score: 0.1 + 0.2 }] },
  people: { map: drawMap('01', '10'), found: [{ id: 1, score: 1 / 3 }] },
  parsing: { categories: drawMap('01', '20'), people: drawMap('01', '10'), found: [{ id: 1, score: 1e-7 }] },
};

test('what is stored is read, to the last digit', async () => {
  const store = createPredictionStore(dir, writeFile);
  expect(await store.has('a')).toBe(false);
  await store.write('a', prediction);
  expect(await store.has('a')).toBe(true);
  const read = await (await openPredictions(dir)).read('a');
  expect(JSON.parse(JSON.stringify(read, plain))).toEqual(JSON.parse(JSON.stringify(prediction, plain)));
  expect(await (await openPredictions(dir)).read('b')).toEqual({});
});

test('a photo that was not stored to the end is not there', async () => {
  let files = 0;
  const store = createPredictionStore(dir, async (path, content) => {
    if (++files === 8) throw new Error('full');
    await writeFile(path, content);
  });
  await expect(store.write('a', prediction)).rejects.toThrow('full');
  expect(await store.has('a')).toBe(false);
});

test("Python's NaN is a score; other text is named with its file", async () => {
  await mkdir(join(dir, 'human'));
  const png = join(dir, 'human', 'NaN.png');
  await createPredictionStore(dir, writeFile).write('NaN', prediction);
  expect(png).toContain('NaN');
  await writeFile(join(dir, 'human', 'NaN.json'), '[{"img_name": "NaN", "score": NaN, "human_id": 1}]');
  const { read, missing } = await openPredictions(dir);
  expect(missing).toEqual([]);
  expect((await read('NaN')).people?.found).toEqual([{ id: 1, score: Number.NaN }]);
  await writeFile(join(dir, 'human', 'NaN.json'), '[{"score": 1}]');
  await expect(read('NaN')).rejects.toThrow(/human\/NaN\.json is not a list of what was found/);
});

test('a folder without predictions is refused, and folders that are missing are named', async () => {
  await expect(openPredictions(dir)).rejects.toMatchObject({ code: 'input_not_found' });
  await mkdir(join(dir, 'semantic'));
  expect((await openPredictions(dir)).missing).toEqual(['part', 'human', 'parsing']);
});

/** Typed arrays as arrays. */
function plain(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? [...value] : isBuffer(value) ? value.data : value;
}

/** `Buffer` has become this before the replacer sees it. */
function isBuffer(value: unknown): value is { data: number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
}
