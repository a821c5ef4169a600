import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { drawMap } from '../../testing/draw-map.ts';
import { findLabelsFile, matchClasses } from './class-names.ts';
import { openDataset, readTruth } from './dataset.ts';
import { encodeIdPng } from './id-png.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'm2fp-dataset-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function put(path: string, content: Uint8Array | string = ''): Promise<void> {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  await writeFile(join(dir, path), content);
}

test('a photo has what there is of it, by name without extension; hidden files are passed over', async () => {
  const map = await encodeIdPng(drawMap('12'));
  await put('Validation/Images/b.1.jpg');
  await put('Validation/Category_ids/b.1.png', map);
  await put('Validation/Category_ids/._b.1.png');
  await put('Validation/Human_ids/b.1.png', map);
  await put('Validation/Instance_ids/b.1.png', map);
  await put('Validation/Instance_ids/b.1.txt', '1 5 1\n\n2  6\r\n');
  const { photos, gaps } = await openDataset(dir);
  expect(photos.map(({ name }) => name)).toEqual(['b.1']);
  expect(gaps).toEqual([]);
  const truth = await readTruth(photos[0] ?? { name: '' });
  expect(truth.parts?.parts).toEqual([
    { id: 1, classId: 5 },
    { id: 2, classId: 6 },
  ]);
  expect([...(truth.people?.ids ?? [])]).toEqual([1, 2]);
});

test('what is missing is said', async () => {
  for (const name of ['a', 'b', 'c', 'd']) await put(`Images/${name}.jpg`);
  await put('Category_ids/e.png');
  const { photos, gaps } = await openDataset(dir);
  expect(photos).toHaveLength(5);
  expect(gaps).toEqual([
    '4 without a map in Category_ids: a, b, c ….',
    '1 without a photo in Images: e.',
    'No Instance_ids: APr cannot be measured.',
    'No Human_ids: APp, PCP and APh cannot be measured.',
  ]);
});

test('the split is a folder in it; others are named', async () => {
  await put('Testing/Category_ids/a.png');
  await put('Training/Category_ids/a.png');
  expect((await openDataset(dir, 'Testing')).dir).toBe(join(dir, 'Testing'));
  expect((await openDataset(join(dir, 'Testing'))).dir).toBe(join(dir, 'Testing'));
  await expect(openDataset(dir)).rejects.toThrow('It has Testing, Training: choose one with --split.');
  await expect(openDataset(join(dir, 'nowhere'))).rejects.toMatchObject({ code: 'input_not_found' });
});

test('a line that is no part is named', async () => {
  await put('Category_ids/a.png', await encodeIdPng(drawMap('0')));
  await put('Instance_ids/a.png', await encodeIdPng(drawMap('0')));
  await put('Instance_ids/a.txt', '1 2 1\nx 2 1\n');
  const { photos } = await openDataset(dir);
  await expect(readTruth(photos[0] ?? { name: '' })).rejects.toThrow(/Line 2 of .*a\.txt/);
});

test('classes are matched by name, in whatever order, or by id if nobody names them', async () => {
  const label = (id: number, name: string, role: 'background' | 'part' | 'person' = 'part') => {
    return { id, name, role, color: [0, 0, 0] as [number, number, number] };
  };
  const labels = [label(0, 'Background', 'background'), label(1, 'Head'), label(2, 'Upper arms')];
  expect(matchClasses([...labels, label(3, 'Human', 'person')], undefined)).toEqual({ classes: 3, ids: new Map() });
  expect(await findLabelsFile(dir)).toBeUndefined();
  await put('labels.txt');
  expect(await findLabelsFile(join(dir, 'Validation'))).toBe(join(dir, 'labels.txt'));
  const known = { names: ['background', 'Upper-arm', 'Head', 'Human'], isGuess: false };
  const swapped = new Map([
    [1, 2],
    [2, 1],
  ]);
  expect(matchClasses(labels, known)).toEqual({ classes: 3, ids: swapped });
  expect(() => matchClasses(labels.slice(0, 2), known)).toThrow(
    'only the model has none; only the data set has Upper-',
  );
  expect(() => matchClasses([...labels, label(3, 'Hat')], known)).toThrow('only the model has Hat; only the data set');
  const spelled = { names: ['Background', 'Head', 'Arms'], isGuess: true };
  expect(matchClasses(labels, spelled)).toEqual({ classes: 3, ids: new Map() });
  expect(() => matchClasses(labels.slice(0, 2), spelled)).toThrow('only the data set has Arms');
});
