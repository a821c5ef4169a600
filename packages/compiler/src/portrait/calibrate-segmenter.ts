/**
 * `npm run portrait:calibrate -- PHOTOS…`: finds what `int8-segmenter.json.gz` holds, from photos of people. Takes some
 * minutes; the same photos give the same file.
 */
// `!` below: loops over maps and matrices, within their own lengths.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type FloatTensor, type NetworkInputs, openBundle, type Session } from '@m2fp/core/model';
import { recordInputs, type Stored } from '../quantize/calibration-inputs.ts';
import { attributeOf, type FloatGraph, readFloatGraph, readFloats } from '../quantize/float-graph.ts';
import { addToHistogram, chooseRange, createHistogram, type Histogram } from '../quantize/histogram.ts';
import { loadInstrumented } from '../quantize/instrumented-graph.ts';
import type { ConvolutionLayer } from '../quantize/layers.ts';
import type { Quantization } from '../quantize/parameters.ts';
import { createProgress } from '../quantize/progress.ts';
import { buildPortraitBundle } from './build-bundle.ts';
import { canEqualize, equalized, findInt8Layers, type Int8Settings, settingsFile } from './int8-segmenter.ts';
import { createRounder, type InputStatistics } from './round-weights.ts';

/** How far the channels' ranges are brought together: 1 would make the weights that read them too unlike. */
const evenness = 0.7;
/** Share of a tensor's channels that have to fit into its range. */
const fitting = 0.98;
/** Places per layer, over all views, at which what it reads is looked at. */
const places = 9000;

interface Calibration {
  readonly session: Session;
  readonly inputs: Stored<NetworkInputs>;
  readonly graph: FloatGraph;
}

async function calibrateSegmenter(photos: readonly string[]): Promise<Int8Settings> {
  const workDir = await mkdtemp(join(tmpdir(), 'm2fp-portrait-calibration-'));
  const settings = { threads: availableParallelism() };
  try {
    const bundleDir = join(workDir, 'float32');
    await buildPortraitBundle(bundleDir, 'float32');
    const bundle = await openBundle(bundleDir);
    const graph = await readFloatGraph(bundle.path(bundle.manifest.graph));
    const progress = createProgress(() => undefined, new AbortController().signal);
    const { inputs } = await recordInputs(bundle, photos, { workDir, progress, ...settings });
    const layers = findInt8Layers(graph);
    const names = [...new Set(layers.flatMap((layer) => [layer.inputs[0], layer.output]))];
    const session = await loadInstrumented({ graph, bundleDir, workDir, settings }, 'tensors', (g) => {
      for (const name of names) {
        g.output(
          { name },
          valuesOf(name),
          'float32',
          ['n', 'c', 'h', 'w'].map((axis) => `${axis} of ${name}`),
        );
      }
      return undefined;
    });
    const calibration = { session, inputs, graph };
    try {
      const tensors: Int8Settings['tensors'] = {};
      for (const name of names) tensors[name] = await findRange(calibration, name);
      return { tensors, layers: await roundLayers(calibration, layers, tensors) };
    } finally {
      await session.close();
    }
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

const valuesOf = (tensor: string) => `values of ${tensor}`;

/** Runs the network on all inputs. */
async function eachMap(
  { session, inputs }: Calibration,
  tensor: string,
  visit: (map: FloatTensor, input: number) => void,
): Promise<void> {
  for (let i = 0; i < inputs.count; i++) {
    const found = await session.run(await inputs.read(i), [valuesOf(tensor)]);
    const map = found[valuesOf(tensor)];
    if (map) visit(map, i);
  }
}

async function findRange(calibration: Calibration, tensor: string): Promise<Int8Settings['tensors'][string]> {
  const histograms = await measureChannels(calibration, tensor);
  const chosen = histograms.map((histogram) => chooseRange(histogram).quantization);
  if (!canEqualize(calibration.graph, tensor)) return widest(chosen);
  const reaches = chosen.map(({ scale, zeroPoint }) => scale * Math.max(zeroPoint, 255 - zeroPoint));
  const middle = sorted(reaches)[reaches.length >> 1]!;
  const factors = reaches.map((reach) => Number(((reach / middle) ** evenness).toPrecision(5)));
  const even = sorted(reaches.map((reach, c) => reach / factors[c]!));
  const reach = even[Math.floor(even.length * fitting)]!;
  // After a ReLU, nothing is below zero.
  const isPositive = chosen.every(({ zeroPoint }) => zeroPoint === 0);
  return isPositive
    ? { scale: Math.fround(reach / 255), zeroPoint: 0, factors }
    : { scale: Math.fround(reach / 127.5), zeroPoint: 128, factors };
}

const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);

function widest(ranges: readonly Quantization[]): Quantization {
  const low = Math.min(...ranges.map(({ scale, zeroPoint }) => -scale * zeroPoint));
  const high = Math.max(...ranges.map(({ scale, zeroPoint }) => scale * (255 - zeroPoint)));
  const scale = Math.fround((high - low) / 255);
  return { scale, zeroPoint: Math.round(-low / scale) };
}

/** One histogram per channel. */
async function measureChannels(calibration: Calibration, tensor: string): Promise<Histogram[]> {
  const extents: { low: number; high: number }[] = [];
  const eachChannel = async (visit: (values: Float32Array, channel: number) => void) =>
    eachMap(calibration, tensor, ({ data, shape: [, channels = 0] }) => {
      const size = data.length / channels;
      for (let c = 0; c < channels; c++) visit(data.subarray(c * size, (c + 1) * size), c);
    });
  await eachChannel((values, c) => {
    const extent = (extents[c] ??= { low: 0, high: 0 });
    for (const value of values) {
      if (value < extent.low) extent.low = value;
      if (value > extent.high) extent.high = value;
    }
  });
  const histograms = extents.map(createHistogram);
  await eachChannel((values, c) => addToHistogram(histograms[c]!, values));
  return histograms;
}

async function roundLayers(
  calibration: Calibration,
  layers: readonly ConvolutionLayer[],
  tensors: Int8Settings['tensors'],
): Promise<Int8Settings['layers']> {
  const factors = Object.entries(tensors).flatMap(([name, { factors }]) => (factors ? [[name, factors] as const] : []));
  const graph = equalized(calibration.graph, new Map(factors));
  const rounded: Int8Settings['layers'] = {};
  for (const layer of layers) {
    const [outputs = 0] = graph.shapeOf(layer.weight);
    const weights = readFloats(graph, layer.weight);
    const size = weights.length / outputs;
    const tensor = tensors[layer.inputs[0]];
    if (!tensor) throw new Error(`The tensor ${layer.inputs[0]} has no range.`);
    const roundChannel = createRounder(await measureInputs(calibration, layer, tensor, size));
    const channels = Array.from({ length: outputs }, (_, o) =>
      roundChannel(weights.subarray(o * size, (o + 1) * size)),
    );
    rounded[layer.name] = {
      scales: channels.map(({ scale }) => scale),
      shifts: channels.map(({ shift }) => Number(shift.toPrecision(6))),
      steps: Buffer.from(Int8Array.from(channels.flatMap(({ steps }) => steps)).buffer).toString('base64'),
    };
    console.log(layer.name);
  }
  return rounded;
}

/** What the layer reads at places spread over all views, as it is stored in u8. */
async function measureInputs(
  calibration: Calibration,
  { node, inputs: [tensor] }: ConvolutionLayer,
  { scale, zeroPoint, factors }: Int8Settings['tensors'][string],
  size: number,
): Promise<InputStatistics> {
  const [stride = 1] = attributeOf(node, 'strides')?.ints ?? [];
  const [padding = 0] = attributeOf(node, 'pads')?.ints ?? [];
  const perMap = Math.ceil(places / calibration.inputs.count);
  const means = new Float64Array(size);
  const products = new Float64Array(size * size);
  const window = new Float64Array(size);
  await eachMap(calibration, tensor, ({ data, shape: [, , height = 0, width = 0] }, input) => {
    for (let n = 0; n < perMap; n++) {
      const [u, v] = spreadPlace(input * perMap + n);
      const top = Math.floor((v * height) / stride) * stride - padding;
      const left = Math.floor((u * width) / stride) * stride - padding;
      for (let k = 0; k < size; k++) {
        const [c, y, x] = [Math.floor(k / 9), top + (Math.floor(k / 3) % 3), left + (k % 3)];
        const isInside = y >= 0 && x >= 0 && y < height && x < width;
        const value = isInside ? data[(c * height + y) * width + x]! / (factors?.[c] ?? 1) : 0;
        window[k] = (Math.min(Math.max(Math.round(value / scale) + zeroPoint, 0), 255) - zeroPoint) * scale;
      }
      addProducts(window, means, products);
    }
  });
  const count = perMap * calibration.inputs.count;
  for (let k = 0; k < size; k++) means[k]! /= count;
  const covariance = products.map((_, i) => {
    const [a, b] = [Math.floor(i / size), i % size];
    return products[Math.min(a, b) * size + Math.max(a, b)]! / count - means[a]! * means[b]!;
  });
  return { size, means, covariance };
}

/** Only above the diagonal. Most values are 0 after a ReLU. */
function addProducts(window: Float64Array, sums: Float64Array, products: Float64Array): void {
  const filled: number[] = [];
  for (let k = 0; k < window.length; k++) if (window[k] !== 0) filled.push(k);
  for (const [n, a] of filled.entries()) {
    const value = window[a]!;
    sums[a]! += value;
    for (let m = n; m < filled.length; m++) products[a * window.length + filled[m]!]! += value * window[filled[m]!]!;
  }
}

/** The n-th of places that fill a square evenly, whatever their number: Roberts' R2 sequence. */
function spreadPlace(n: number): [number, number] {
  return [(0.5 + n * 0.7548776662466927) % 1, (0.5 + n * 0.5698402909980532) % 1];
}

const [, , ...photos] = process.argv;
await writeFile(settingsFile, gzipSync(JSON.stringify(await calibrateSegmenter(photos)), { level: 9 }));
