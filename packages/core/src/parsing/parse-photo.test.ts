import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { AppError, type ParseOptions, type ParseOptionsInput, parseOptionsSchema } from '@m2fp/contract';
import { defaultPhotoLimits } from '../image/photo-limits.ts';
import type { Photo } from '../image/photo.ts';
import type { Manifest } from '../model/manifest.ts';
import { testManifest } from '../../testing/model/test-manifests.ts';
import { type CocoRle, decodeRle } from '../render/rle.ts';
import { drawMask } from '../../testing/render/draw.ts';
import { parsePhoto } from './parse-photo.ts';
import type { ParsedMask, Parsing } from './types.ts';
import { maskBitmap } from '../render/span-mask.ts';

const manifest: Manifest = { ...testManifest, synthetic: true };
const masks: ParsedMask[] = [
  { classId: 4, score: 0.9, mask: drawMask('.##.....', '.##.....', '........'), personId: 1 },
  { classId: 1, score: 0.8, mask: drawMask('........', '.....###', '.....###'), personId: 2 },
];

/** A model that finds the same masks in every photo, and records its calls. */
function modelThatFinds(found: readonly ParsedMask[]) {
  const asked: { photo: Photo; options: ParseOptions }[] = [];
  async function parse(photo: Photo, options: ParseOptions): Promise<Parsing> {
    asked.push({ photo, options });
    const people = Math.max(0, ...found.map(({ personId }) => personId));
    return { width: 8, height: 3, scale: 0.5, masks: found, people, timings: { network: 7 } };
  }
  return { asked, manifest, parse };
}

const photo = (): Promise<Buffer> =>
  sharp({ create: { width: 8, height: 3, channels: 3, background: '#888' } })
    .png()
    .toBuffer();
const withOptions = (options: ParseOptionsInput = {}): ParseOptions => parseOptionsSchema.parse(options);
const allOutputs = withOptions({ outputs: ['overlay', 'instances', 'colormap', 'masks'] });

describe('parsePhoto', () => {
  it('does not even open a photo that nobody wants any more', async () => {
    const model = modelThatFinds(masks);
    const assertWanted = (): never => {
      throw new AppError('canceled', 'The parse was canceled.');
    };
    const pass = async (): Promise<void> => undefined;
    const turn = { assertWanted, opened: () => undefined, begin: pass, pause: pass };
    const bytes = new TextEncoder().encode('no photo');
    const dropped = parsePhoto({ bytes }, model, allOutputs, defaultPhotoLimits, { turn });
    await expect(dropped).rejects.toMatchObject({ code: 'canceled' });
    expect(model.asked).toEqual([]);
  });

  it('gives the summary, the files and the time of each stage', async () => {
    const model = modelThatFinds(masks);
    const { summary, files, timings } = await parsePhoto({ bytes: await photo() }, model, allOutputs);
    expect(summary).toEqual({
      model: { name: 'test', kind: 'm2fp', version: '3', synthetic: true },
      image: { width: 8, height: 3 },
      scale: 0.5,
      people: 2,
      labels: [
        { id: 1, name: 'Hat', pixels: 6 },
        { id: 4, name: 'Face', pixels: 4 },
      ],
    });
    expect(files.map(({ output, name, contentType }) => [output, name, contentType])).toEqual([
      ['masks', 'masks.json', 'application/json'],
      ['colormap', 'colormap.png', 'image/png'],
      ['instances', 'instances.png', 'image/png'],
      ['overlay', 'overlay.jpg', 'image/jpeg'],
    ]);
    expect(Object.keys(timings).sort()).toEqual(['encode', 'network', 'open', 'render']);
    expect(model.asked).toMatchObject([{ photo: { width: 8, height: 3, format: 'png' }, options: allOutputs }]);
  });

  it('makes only the requested outputs', async () => {
    const options = withOptions({ outputs: ['colormap'] });
    const { files } = await parsePhoto({ bytes: await photo() }, modelThatFinds(masks), options);
    expect(files.map(({ output }) => output)).toEqual(['colormap']);
  });

  it('gives masks whose pixels are those of the label map', async () => {
    const { files } = await parsePhoto(
      { bytes: await photo() },
      modelThatFinds(masks),
      withOptions({ palette: 'voc' }),
    );
    const [json, colormap] = files.map(({ bytes }) => bytes);
    const dataset = JSON.parse(Buffer.from(json ?? '').toString()) as {
      annotations: { category_id: number; segmentation: CocoRle }[];
    };
    const pixels = await sharp(colormap).raw().toBuffer();
    const red = Uint8Array.from({ length: 24 }, (_, i) => pixels[i * 3] ?? 0);
    const blue = Uint8Array.from({ length: 24 }, (_, i) => pixels[i * 3 + 2] ?? 0);
    // In VOC's colors class 1 is (128, 0, 0) and class 4 is (0, 0, 128).
    for (const [classId, channel] of [
      [1, red],
      [4, blue],
    ] as const) {
      const decoded = dataset.annotations.find(({ category_id }) => category_id === classId);
      const bitmap = maskBitmap(decodeRle(decoded?.segmentation ?? { size: [3, 8], counts: '' }));
      expect([...channel]).toEqual([...bitmap].map((isSet) => 128 * isSet));
    }
  });

  it('calls the photo by its name, or after its format', async () => {
    const imageOf = async (name?: string): Promise<unknown> => {
      const { files } = await parsePhoto({ bytes: await photo(), name }, modelThatFinds(masks), withOptions());
      return JSON.parse(Buffer.from(files[0]?.bytes ?? '').toString());
    };
    expect(await imageOf('park/é 1.jpg')).toMatchObject({ images: [{ file_name: 'park/é 1.jpg' }] });
    expect(await imageOf()).toMatchObject({ images: [{ file_name: 'photo.png' }] });
  });

  it('gives the same bytes for the same photo', async () => {
    const [first, second] = [
      await parsePhoto({ bytes: await photo() }, modelThatFinds(masks), allOutputs),
      await parsePhoto({ bytes: await photo() }, modelThatFinds(masks), allOutputs),
    ];
    expect(first.files).toEqual(second.files);
  });

  it('succeeds with empty results on a photo without people', async () => {
    const { summary, files } = await parsePhoto({ bytes: await photo() }, modelThatFinds([]), allOutputs);
    expect(summary).toMatchObject({ people: 0, labels: [] });
    expect(JSON.parse(Buffer.from(files[0]?.bytes ?? '').toString())).toMatchObject({ annotations: [] });
    for (const file of files.slice(1, 3)) {
      expect((await sharp(file.bytes).raw().toBuffer()).every((value) => value === 0)).toBe(true);
    }
  });

  it('makes the outputs for try-on, and a file for each person', async () => {
    const outputs = ['agnostic', 'people', 'parse-atr', 'cutout', 'parse-lip'] as const;
    const { files } = await parsePhoto(
      { bytes: await photo() },
      modelThatFinds(masks),
      withOptions({ outputs: [...outputs] }),
    );
    expect(files.map(({ output, person, name }) => [output, person, name])).toEqual([
      ['cutout', undefined, 'cutout.png'],
      ['people', 1, 'people/1.png'],
      ['people', 2, 'people/2.png'],
      ['parse-lip', undefined, 'parse-lip.png'],
      ['parse-atr', undefined, 'parse-atr.png'],
      ['agnostic', undefined, 'agnostic.png'],
    ]);
    const sizes = await Promise.all(
      files.map(async ({ bytes }) => (({ width, height }) => [width, height])(await sharp(bytes).metadata())),
    );
    expect(sizes).toEqual([
      [8, 3],
      [2, 2],
      [3, 2],
      [8, 3],
      [8, 3],
      [8, 3],
    ]);
  });

  it('leaves in all outputs only the chosen parts and people', async () => {
    const options = withOptions({ person: [2], outputs: ['masks', 'colormap', 'instances', 'cutout', 'people'] });
    const { summary, files } = await parsePhoto({ bytes: await photo() }, modelThatFinds(masks), options);
    expect(summary).toMatchObject({ people: 1, labels: [{ name: 'Hat', pixels: 6 }] });
    expect(files.map(({ name }) => name)).toEqual([
      ...['masks.json', 'colormap.png', 'instances.png', 'cutout.png', 'people/2.png'],
    ]);
    expect(JSON.parse(Buffer.from(files[0]?.bytes ?? '').toString())).toMatchObject({
      info: { parsing: { people: 1 } },
      annotations: [{ category_id: 1, person_id: 2 }],
    });
    const alpha = await sharp(files[3]?.bytes).extractChannel('alpha').raw().toBuffer();
    expect([...alpha].map((value) => value / 255).join('')).toBe('000000000000011100000111');
  });

  it('refuses a part that the model does not have before it calls it', async () => {
    const model = modelThatFinds(masks);
    const parsed = parsePhoto({ bytes: await photo() }, model, withOptions({ parts: ['wings'] }));
    await expect(parsed).rejects.toMatchObject({ code: 'invalid_request' });
    expect(model.asked).toEqual([]);
  });

  it('fails on a bad photo before it calls the model', async () => {
    const model = modelThatFinds(masks);
    const parsed = parsePhoto({ bytes: Buffer.from('not an image') }, model, allOutputs);
    await expect(parsed).rejects.toMatchObject({ code: 'image_unreadable' });
    const bytes = await photo();
    const tooSmall = { maxBytes: 10, maxPixels: 10, maxSidePx: 10 };
    await expect(parsePhoto({ bytes }, model, allOutputs, tooSmall)).rejects.toMatchObject({ code: 'image_too_large' });
    expect(model.asked).toEqual([]);
  });
});
