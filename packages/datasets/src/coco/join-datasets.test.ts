import {
  annotationIdOf,
  bounds,
  imageIdOf,
  nextImageId,
  type CocoAnnotation,
  type CocoCategory,
  type CocoDataset,
} from '@m2fp/contract';
import { describe, expect, it } from 'vitest';
import { joinDatasets, type JoinOptions, type JoinSummary, type PhotoOfSet } from './join-datasets.ts';

const hair: CocoCategory = { id: 2, name: 'hair', supercategory: 'part' };
const face: CocoCategory = { id: 4, name: 'face', supercategory: 'part' };
const rle = { size: [3, 5], counts: '522O112' } as const;

function annotation(personId: number): Omit<CocoAnnotation, 'id' | 'image_id'> {
  return {
    ...{ category_id: 2, bbox: [0, 0, 1, 1], area: 5, iscrowd: 0, segmentation: rle, score: 0.5, person_id: personId },
    attributes: { person_id: personId, score: 0.5 },
  };
}

/** What `masks.json` says of a photo with so many people. */
function masksOf(people: number, changes: object = {}): Uint8Array {
  const dataset = {
    info: { description: 'One photo', version: '1.0', parsing: { model: 'people', scale: people, people } },
    licenses: [],
    images: [{ id: 1, file_name: 'photo.jpeg', width: 5, height: 3 }],
    categories: [hair],
    annotations: Array.from({ length: people }, (_, i) => ({ id: i + 1, image_id: 1, ...annotation(i + 1) })),
    ...changes,
  };
  return Buffer.from(JSON.stringify(dataset));
}

type Given = readonly [name: string, content: Uint8Array | undefined];

async function* photosOf(given: readonly Given[]): AsyncGenerator<PhotoOfSet, void> {
  for (const [name, content] of given) {
    yield {
      name,
      read: async (maxBytes) => (content !== undefined && content.byteLength > maxBytes ? 'too large' : content),
    };
  }
}

async function join(given: readonly Given[], options: JoinOptions = {}) {
  const joined = joinDatasets(photosOf(given), options);
  const read: Uint8Array[] = [];
  for await (const chunk of joined.chunks) read.push(chunk);
  const text = Buffer.concat(read).toString();
  return { text, dataset: JSON.parse(text) as CocoDataset, summary: joined.summary() };
}

function counts(images: number, annotations: number, leftOut = 0, repeated = 0): JoinSummary {
  return { images, annotations, leftOut, repeated };
}

describe('joinDatasets', () => {
  it('makes one data set of many, with ids that come from the names', async () => {
    const { dataset, summary } = await join([
      ['a/1.jpg', masksOf(2)],
      ['b/1.jpg', masksOf(0)],
      ['b/é.jpg', masksOf(1)],
    ]);
    const [first, second, third] = ['a/1.jpg', 'b/1.jpg', 'b/é.jpg'].map(imageIdOf) as [number, number, number];
    expect(dataset).toEqual({
      licenses: [],
      annotations: [
        { id: annotationIdOf(first, 0), image_id: first, ...annotation(1) },
        { id: annotationIdOf(first, 1), image_id: first, ...annotation(2) },
        { id: annotationIdOf(third, 0), image_id: third, ...annotation(1) },
      ],
      images: [
        { id: first, file_name: 'a/1.jpg', width: 5, height: 3 },
        { id: second, file_name: 'b/1.jpg', width: 5, height: 3 },
        { id: third, file_name: 'b/é.jpg', width: 5, height: 3 },
      ],
      categories: [hair],
      info: {
        description: 'Human parsing of 3 photos',
        version: '1.0',
        parsing: [{ model: 'people' }],
        ...{ photos: 3, left_out: 0, repeated: 0 },
      },
    });
    expect(summary).toEqual(counts(3, 3));
  });

  it('gives the same bytes however many are read at once', async () => {
    const given = Array.from({ length: 40 }, (_, i): Given => [`${i}.jpg`, masksOf(i % 4)]);
    const one = await join(given);
    for (const readsAtOnce of [2, 7, 100]) expect((await join(given, { readsAtOnce })).text).toBe(one.text);
  });

  it('gives a photo whose id is taken the next one, and a name that comes again none', async () => {
    // The two have the same id.
    const [one, other] = ['65214.jpg', '68125.jpg'];
    expect(imageIdOf(other)).toBe(imageIdOf(one));
    const { dataset, summary } = await join([one, other, one, other].map((name) => [name, masksOf(1)]));
    expect(dataset.images.map(({ id }) => id)).toEqual([imageIdOf(one), nextImageId(imageIdOf(one))]);
    expect(new Set(dataset.annotations.map(({ id }) => id)).size).toBe(2);
    expect(summary).toEqual(counts(2, 2, 0, 2));
  });

  it.each([
    ['missing', undefined],
    ['no JSON', Buffer.from('{"images": [')],
    ['nothing', Buffer.alloc(0)],
    ['not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
    ['nested without end', Buffer.from('['.repeat(200_000))],
    ['without an image', masksOf(1, { images: [] })],
    ['of an unknown class', masksOf(1, { categories: [face] })],
    ['of another size', masksOf(1, { images: [{ id: 1, width: 3, height: 3 }] })],
    ['with half a point', masksOf(1, { annotations: [{ ...annotation(1), segmentation: [[0, 0, 1, 0, 1, 1, 0]] }] })],
    ['with a class that others call differently', masksOf(1, { categories: [{ ...hair, name: 'hat' }] })],
    ['with too many classes', masksOf(1, { categories: Array.from({ length: 2_000 }, (_, id) => ({ ...hair, id })) })],
    ['too large', Buffer.concat([masksOf(1), Buffer.alloc(bounds.datasetBytes.max, ' ')])],
  ])('leaves out and counts a photo whose masks are %s', async (_what, content) => {
    const { dataset, summary } = await join([
      ['1.jpg', masksOf(1)],
      ['2.jpg', content],
      ['3.jpg', masksOf(1)],
    ]);
    expect(dataset.images.map(({ file_name: name }) => name)).toEqual(['1.jpg', '3.jpg']);
    expect(dataset).toMatchObject({ categories: [hair], info: { left_out: 1 } });
    expect(summary).toEqual(counts(2, 2, 1));
  });

  it('takes polygons, other classes, and what is too large to be read ahead', async () => {
    const polygons = [{ ...annotation(1), category_id: 4, segmentation: [[0, 0, 2, 0, 2, 1.5, 0, 1.5]] }];
    const large = Buffer.concat([
      masksOf(0, { categories: [face], annotations: polygons }),
      Buffer.alloc(2 ** 21, ' '),
    ]);
    const { dataset } = await join([
      ['1.jpg', large],
      ['2.jpg', masksOf(1)],
    ]);
    expect(dataset.categories).toEqual([hair, face]);
    expect(dataset.annotations).toMatchObject([{ segmentation: [[0, 0, 2, 0, 2, 1.5, 0, 1.5]] }, annotation(1)]);
  });

  it('is a data set even if there is nothing in it', async () => {
    expect((await join([])).dataset).toMatchObject({ images: [], annotations: [], categories: [] });
  });

  it('keeps thousands of images in order', async () => {
    const given = Array.from({ length: 5_000 }, (_, i): Given => [`folder ${i % 7}/${i}.jpg`, masksOf(0)]);
    const { dataset } = await join(given, { readsAtOnce: 4 });
    expect(dataset.images.map(({ file_name: name }) => name)).toEqual(given.map(([name]) => name));
  });

  it('ends with what a read throws, once the others have ended', async () => {
    let ended = 0;
    async function* photos(): AsyncGenerator<PhotoOfSet, void> {
      for (let i = 0; i < 10; i++) {
        const read = async (): Promise<Uint8Array> => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          ended += 1;
          if (i === 2) throw new Error('no storage');
          return masksOf(1);
        };
        yield { name: `${i}.jpg`, read };
      }
    }
    const all = async (): Promise<void> => {
      for await (const chunk of joinDatasets(photos(), { readsAtOnce: 4 }).chunks) void chunk;
    };
    await expect(all()).rejects.toThrow('no storage');
    expect(ended).toBe(6);
  });
});
