/** The portrait bundle as users see it: real photos, real networks, no services. */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { resolveBundle } from '@m2fp/compiler/bundles';
import { parseOptionsSchema, type ParseOptionsInput, type ParserStep } from '@m2fp/contract';
import { openPhoto } from '@m2fp/core/image';
import { openBundle } from '@m2fp/core/model';
import { loadModel, type Model, type OnStep, type Parsing } from '@m2fp/core/parsing';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSample, samplePhotos } from './support/portrait/samples.ts';

let cacheDir: string;
let model: Model;
beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'm2fp-portrait-'));
  model = await loadModel(await resolveBundle('portrait', { cacheDir }), { threads: 1 });
});
afterAll(async () => {
  await model.close();
  await rm(cacheDir, { recursive: true });
});

async function parse(bytes: Uint8Array, options: ParseOptionsInput = {}, onStep?: OnStep): Promise<Parsing> {
  return model.parse(await openPhoto(bytes), parseOptionsSchema.parse(options), { onStep });
}

const parsedSamples = new Map<string, Promise<Parsing>>();

/** Parses a sample once for all tests that only look at it. */
function parseSample(name: string): Promise<Parsing> {
  const known = parsedSamples.get(name);
  if (known) return known;
  const parsing = readSample(name).then((bytes) => parse(bytes));
  parsedSamples.set(name, parsing);
  return parsing;
}

let parsedOnePerson: Promise<Parsing> | undefined;

function parseOnePerson(): Promise<Parsing> {
  parsedOnePerson ??= onePerson()
    .then((photo) => photo.png().toBuffer())
    .then((bytes) => parse(bytes));
  return parsedOnePerson;
}

/** One of the women of `sample3.jpg`, 560x700 px, large and upright. */
async function onePerson(): Promise<Sharp> {
  return sharp(await readSample('sample3.jpg')).extract({ left: 380, top: 180, width: 560, height: 700 });
}

/** The class of each pixel; fails if two masks share one. */
function toLabelMap({ width, height, masks }: Parsing): Uint8Array {
  const labels = new Uint8Array(width * height);
  let shared = 0;
  for (const { classId, mask } of masks) {
    for (let row = 0; row < mask.bbox[3]; row++) {
      const start = (mask.bbox[1] + row) * width;
      for (let run = mask.rowStart[row] ?? 0; run < (mask.rowStart[row + 1] ?? 0); run++) {
        const [from, to] = [mask.runs[2 * run] ?? 0, mask.runs[2 * run + 1] ?? 0];
        for (let x = from; x < to; x++) if (labels[start + x] !== 0) shared++;
        labels.fill(classId, start + from, start + to);
      }
    }
  }
  expect(shared).toBe(0);
  return labels;
}

function withoutTimings({ timings: _, ...parsing }: Parsing): Omit<Parsing, 'timings'> {
  return parsing;
}

function idOf(name: string): number {
  return model.manifest.labels.find((label) => label.name === name)?.id ?? NaN;
}

describe('the sample photos', () => {
  it.each(samplePhotos)('$name shows $people people, each with their own face and hair', async ({ name, people }) => {
    const parsing = await parseSample(name);
    expect(parsing.people).toBe(people);
    const labels = toLabelMap(parsing);
    expect(labels.some((label) => label === idOf('cloth') || label === idOf('neck'))).toBe(true);
    for (let person = 1; person <= people; person++) {
      const own = parsing.masks.filter(({ personId }) => personId === person);
      for (const part of ['skin', 'nose', 'hair']) expect(own.map(({ classId }) => classId)).toContain(idOf(part));
      expect(new Set(own.map(({ classId }) => classId)).size).toBe(own.length);
      expect(own.every(({ score }) => score > 0 && score <= 1)).toBe(true);
    }
  });

  it('number people from left to right', async () => {
    const { masks, people } = await parseSample('sample6.jpg');
    const noses = masks.filter(({ classId }) => classId === idOf('nose'));
    expect(noses.map(({ personId }) => personId)).toEqual(Array.from({ length: people }, (_, i) => i + 1));
    const middles = noses.map(({ mask: { bbox } }) => bbox[0] + bbox[2] / 2);
    expect(middles).toEqual([...middles].sort((a, b) => a - b));
  });
});

describe('a photo', () => {
  it('gives the same masks whenever it is parsed, whatever was parsed before', async () => {
    const first = await parseSample('sample3.jpg');
    await parseOnePerson();
    const steps: ParserStep[] = [];
    const again = await parse(await readSample('sample3.jpg'), {}, (step) => void steps.push(step));
    expect(withoutTimings(again)).toEqual(withoutTimings(first));
    // It tells of each head when it is done.
    const total = first.people;
    const heads = Array.from({ length: total + 1 }, (_, done) => ({ stage: 'detected', done, total }));
    expect(steps).toEqual(heads);
  });

  it('rotated by its EXIF orientation gives the masks of the upright one', async () => {
    const upright = await (await onePerson()).png().toBuffer();
    const turned = await sharp(upright).rotate(90).withMetadata({ orientation: 8 }).png().toBuffer();
    expect(withoutTimings(await parse(turned))).toEqual(withoutTimings(await parseOnePerson()));
  });

  it.each([
    [
      'of noise',
      {
        create: {
          width: 800,
          height: 600,
          channels: 3,
          background: '#777',
          noise: { type: 'gaussian', mean: 128, sigma: 40 },
        },
      },
    ],
    ['of one color', { create: { width: 640, height: 960, channels: 3, background: '#c8a48a' } }],
    ['of one pixel', { create: { width: 1, height: 1, channels: 3, background: '#fff' } }],
    ['of one column', { create: { width: 1, height: 10_000, channels: 3, background: '#123' } }],
    ['of one row', { create: { width: 10_000, height: 1, channels: 3, background: '#123' } }],
  ] as const)('%s shows nobody', async (_, input) => {
    const parsing = await parse(await sharp(input).png().toBuffer());
    expect(parsing).toMatchObject({ people: 0, masks: [] });
  });

  it.each([
    ['turned on its side', (photo: Sharp) => photo.rotate(90)],
    ['of a fifth of the size', (photo: Sharp) => photo.resize(112)],
    ['of twelve megapixels', (photo: Sharp) => photo.resize(3100)],
    ['in gray', (photo: Sharp) => photo.grayscale()],
    ['in the corner of a large one', (photo: Sharp) => photo.extend({ left: 2600, bottom: 1800, background: '#888' })],
    [
      'so close that it exceeds the photo',
      (photo: Sharp) => photo.extract({ left: 230, top: 220, width: 170, height: 170 }),
    ],
  ])('of one person, %s, shows one person', async (_, change) => {
    const bytes = await change(await onePerson())
      .jpeg({ quality: 95 })
      .toBuffer();
    const parsing = await parse(bytes);
    toLabelMap(parsing);
    expect(parsing.people).toBe(1);
    expect(parsing.masks.map(({ classId }) => classId)).toContain(idOf('skin'));
  });

  it('is left without the parts whose score is not above the threshold', async () => {
    const bytes = await (await onePerson()).png().toBuffer();
    const all = await parseOnePerson();
    const scores = all.masks.map(({ score }) => score).sort((a, b) => a - b);
    const threshold = scores[Math.floor(scores.length / 2)] ?? NaN;
    const some = await parse(bytes, { score_threshold: threshold });
    expect(some.masks).toEqual(all.masks.filter(({ score }) => score > threshold));
    expect(await parse(bytes, { score_threshold: 1 })).toMatchObject({ people: 0, masks: [] });
  });
});

describe('the bundle', () => {
  it('is built once, and safely by two processes at the same time', async () => {
    const ownCache = await mkdtemp(join(tmpdir(), 'm2fp-twice-'));
    try {
      const script = `
        const { resolveBundle } = await import('@m2fp/compiler/bundles');
        console.log(await resolveBundle('portrait', { cacheDir: ${JSON.stringify(ownCache)} }));`;
      const run = () =>
        promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { cwd: import.meta.dirname });
      const [one, other] = await Promise.all([run(), run()]);
      expect(one.stdout).toBe(other.stdout);
      const dir = one.stdout.trim();
      const before = (await stat(join(dir, 'manifest.json'))).mtimeMs;
      expect(await resolveBundle('portrait', { cacheDir: ownCache })).toBe(dir);
      expect((await stat(join(dir, 'manifest.json'))).mtimeMs).toBe(before);
      await expect(openBundle(dir)).resolves.toMatchObject({ manifest: { kind: 'portrait', synthetic: false } });
    } finally {
      await rm(ownCache, { recursive: true });
    }
  });

  it('is built again if one of its files was damaged', async () => {
    const ownCache = await mkdtemp(join(tmpdir(), 'm2fp-damaged-'));
    try {
      const dir = await resolveBundle('portrait', { cacheDir: ownCache });
      await writeFile(join(dir, 'segmenter.bin'), 'cut off');
      await expect(openBundle(dir)).rejects.toMatchObject({ code: 'model_unavailable' });
      await expect(openBundle(await resolveBundle('portrait', { cacheDir: ownCache }))).resolves.toBeDefined();
    } finally {
      await rm(ownCache, { recursive: true });
    }
  });

  it('says what it is made from, and under which license', () => {
    expect(model.manifest).toMatchObject({ name: 'portrait', dtype: 'int8' });
    expect(model.manifest.licence).toContain('MIT');
    expect(model.manifest.source).toMatch(/BlazeFace.*@vladmandic\/human@.*BiSeNetV2.*CelebAMask-HQ/);
    expect(model.manifest.parameters).toBeGreaterThan(2_000_000);
  });
});
