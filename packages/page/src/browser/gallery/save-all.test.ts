import type { SucceededJob } from '@m2fp/client/jobs';
import { imageIdOf } from '@m2fp/contract';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { joinDatasets } from '@m2fp/datasets/coco';
import { placePhotos } from './result-names.ts';
import { type ParsedPhotoJob, saveCoco, saveZip, type SaveAll } from './save-all.ts';

/** What a worker writes for a photo of this name. */
function masksOf(name: string, people: number): string {
  const annotation = {
    ...{ category_id: 2, score: 0.5, bbox: [0, 0, 1, 1], area: 5, iscrowd: 0 },
    segmentation: { size: [3, 5], counts: '522O112' },
  };
  return JSON.stringify({
    info: { version: '1.0', parsing: { model: 'people', scale: people, people, options: { outputs: ['masks'] } } },
    licenses: [],
    images: [{ id: imageIdOf(name), file_name: name, width: 5, height: 3 }],
    categories: [{ id: 2, name: 'hair', supercategory: 'part' }],
    annotations: Array.from({ length: people }, (_, i) => ({ id: i, image_id: 7, ...annotation, person_id: i + 1 })),
  });
}

function parsed(name: string): ParsedPhotoJob {
  const files = ['masks.json', 'people/1.png'].map((file) => ({
    output: file === 'masks.json' ? 'masks' : 'people',
    key: `results/${name}/${file}`,
    ...(file !== 'masks.json' && { person: 1 }),
  }));
  return { name, job: { id: name, result: { files, people: 1 } } as unknown as SucceededJob };
}

function reading(change: Partial<SaveAll> = {}): SaveAll {
  const read: SaveAll['read'] = async (jobId, file) =>
    new Blob([file.output === 'masks' ? masksOf(jobId, jobId.length % 3) : `picture of ${jobId}`]);
  return { read, onProgress: () => undefined, signal: new AbortController().signal, ...change };
}

/** What `m2fp parse DIR` writes for a folder of these photos. */
async function joinedFolder(names: readonly string[]): Promise<string> {
  async function* folder() {
    for (const name of names.toSorted()) {
      const bytes = Buffer.from(masksOf(name, name.length % 3));
      yield await Promise.resolve({ name, read: () => Promise.resolve(bytes) });
    }
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of joinDatasets(folder()).chunks) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

describe('the one COCO file', () => {
  it('is byte for byte what joining the files of a folder gives', async () => {
    // The last two have the same id.
    const names = ['b.jpg', 'a.jpg', 'group é.png', 'a.png', 'C.jpg', '65214.jpg', '68125.jpg'];
    const { file, leftOut } = await saveCoco(names.map(parsed), reading());
    expect(await file.text()).toBe(await joinedFolder(names));
    expect(leftOut).toBe(0);
  });

  it('leaves out what cannot be read, says so, and ends when it is stopped', async () => {
    const read: SaveAll['read'] = async (jobId) => {
      if (jobId === 'a.jpg') throw new Error('gone');
      return new Blob([jobId === 'b.jpg' ? '{"images": [' : masksOf(jobId, 1)]);
    };
    const { file, leftOut } = await saveCoco(['a.jpg', 'b.jpg', 'c.jpg'].map(parsed), reading({ read }));
    expect(leftOut).toBe(2);
    expect(JSON.parse(await file.text())).toMatchObject({ images: [{ file_name: 'c.jpg' }], info: { left_out: 2 } });
    await expect(saveCoco([parsed('c.jpg')], reading({ signal: AbortSignal.abort('stop') }))).rejects.toBe('stop');
  });
});

it('one zip has a folder for each photo, whose names are apart, and the COCO file', async () => {
  const steps: (readonly [number, number])[] = [];
  const onProgress = (done: number, total: number): void => void steps.push([done, total]);
  const { file } = await saveZip(['a.jpg', 'a.png', 'A.jpg'].map(parsed), reading({ onProgress }));
  const files = unzipSync(new Uint8Array(await file.arrayBuffer()));
  const folders = ['A', 'a-2', 'a-3'];
  const expected = folders.flatMap((folder) => [`${folder}/masks.json`, `${folder}/people/1.png`]);
  expect(Object.keys(files)).toEqual([...expected, 'annotations.json']);
  expect(new TextDecoder().decode(files['a-3/people/1.png'])).toBe('picture of a.png');
  expect(steps.at(-1)).toEqual([6, 6]);
});

it.each([
  [
    ['b.jpg', 'a.jpg'],
    ['a.jpg a', 'b.jpg b'],
  ],
  [
    ['a.jpg', 'a.jpg', 'a-2.jpg'],
    ['a-2.jpg a-2', 'a.jpg a', 'a-3.jpg a-3'],
  ],
  [
    ['a', 'a'],
    ['a.photo a', 'a-2.photo a-2'],
  ],
  [
    ['../../etc/passwd', '.jpg', 'annotations.json'],
    ['../../etc/passwd _', 'jpg.photo jpg', 'annotations-2.json annotations-2'],
  ],
])('photos %j are called %j', (names, expected) => {
  const placed = placePhotos(names.map((name) => ({ name })));
  expect(placed.map(({ name, folder }) => `${name} ${folder}`)).toEqual(expected);
});
