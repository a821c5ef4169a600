import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readLabelsFile } from './labels-file.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'labels-file-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function read(text: string, classes = 3): Promise<string[]> {
  const file = join(dir, 'names.txt');
  await writeFile(file, text);
  return readLabelsFile(file, classes);
}

it.each([
  ['lines', 'Background\nHat\nHair of it\n'],
  ['lines of Windows', 'Background\r\nHat\r\n Hair of it'],
  ['a JSON list', '["Background", "Hat", "Hair of it"]'],
  ['a JSON object by id', '{"0": "Background", "2": "Hair of it", "1": "Hat"}'],
  ['Hugging Face’s configuration', '{"id2label": {"0": "Background", "1": "Hat", "2": "Hair of it"}, "x": 1}'],
])('%s', async (_name, text) => {
  expect(await read(text)).toEqual(['Background', 'Hat', 'Hair of it']);
});

it.each([
  ['too few', 'a\nb\n', 'has 2 names, but the network has 3 classes'],
  ['too many', 'a\nb\nc\nd\n', 'has 4 names'],
  ['an empty one', 'a\n\nc\n', 'the name of class 1 is empty'],
  ['a long one', `a\nb\n${'x'.repeat(101)}`, 'the name of class 2 is empty or longer than 100'],
  ['ids with a gap', '{"0": "a", "1": "b", "3": "c"}', 'is not a list of names'],
  ['names that are none', '["a", 1, "c"]', 'is not a list of names'],
  ['JSON that is none', '["a", ', 'is not JSON'],
  ['a file of megabytes', 'x'.repeat(2 ** 20 + 1), 'more than 1048576'],
])('%s is refused', async (_name, text, message) => {
  await expect(read(text)).rejects.toThrow(message);
});

it('no file is refused', async () => {
  await expect(readLabelsFile(join(dir, 'none'), 3)).rejects.toThrow('does not exist');
});
