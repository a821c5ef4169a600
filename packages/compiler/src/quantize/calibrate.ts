/**
 * The ranges of activations over the calibration inputs: first their ends, all in one run per input; then their
 * distributions, in as many runs as it takes to hold only some tensors in memory at a time.
 */
import type { NetworkInputs, Session } from '@m2fp/core/model';
import type { GraphBuilder } from '../onnx/graph-builder.ts';
import type { Stored } from './calibration-inputs.ts';
import { addToHistogram, chooseRange, type ChosenRange, createHistogram, type Histogram } from './histogram.ts';
import { type Instruments, loadInstrumented } from './instrumented-graph.ts';
import type { ValueRange } from './parameters.ts';
import type { Progress } from './progress.ts';

/** Bytes of activations to take out of the network at a time. */
const groupBytes = 384 * 2 ** 20;

interface Extent extends ValueRange {
  /** Largest number of values, over all inputs. */
  readonly size: number;
}

/** For each tensor the range to store it with. The tensors are maps [1, channels, height, width]. */
export async function calibrate(
  instruments: Instruments,
  tensors: readonly string[],
  inputs: Stored<NetworkInputs>,
  progress: Progress,
): Promise<Map<string, ChosenRange>> {
  // A network of products alone, whose ranges are measured when they run.
  if (tensors.length === 0) return new Map();
  const session = await loadInstrumented(instruments, 'calibration', (g) => {
    for (const tensor of tensors) addProbes(g, tensor);
    return undefined;
  });
  try {
    const extents = await measureExtents(session, tensors, inputs, progress);
    const histograms = await measureDistributions(session, extents, inputs, progress);
    return new Map([...histograms].map(([tensor, histogram]) => [tensor, chooseRange(histogram)]));
  } finally {
    await session.close();
  }
}

const probe = {
  low: (tensor: string) => `low of ${tensor}`,
  high: (tensor: string) => `high of ${tensor}`,
  size: (tensor: string) => `size of ${tensor}`,
  values: (tensor: string) => `values of ${tensor}`,
};

function addProbes(g: GraphBuilder, tensor: string): void {
  const value = { name: tensor };
  g.output(g.node('ReduceMin', [value], { keepdims: 0 }), probe.low(tensor), 'float32', []);
  g.output(g.node('ReduceMax', [value], { keepdims: 0 }), probe.high(tensor), 'float32', []);
  g.output(g.node('Cast', [g.node('Size', [value])], { to: 1 }), probe.size(tensor), 'float32', []);
  const shape = ['n', 'c', 'h', 'w'].map((axis) => `${axis} of ${tensor}`);
  g.output(value, probe.values(tensor), 'float32', shape);
}

async function measureExtents(
  session: Session,
  tensors: readonly string[],
  inputs: Stored<NetworkInputs>,
  progress: Progress,
): Promise<Map<string, Extent>> {
  const extents = new Map(
    tensors.map((tensor): [string, Extent] => [tensor, { low: Infinity, high: -Infinity, size: 0 }]),
  );
  const names = tensors.flatMap((tensor) => [probe.low(tensor), probe.high(tensor), probe.size(tensor)]);
  for (let i = 0; i < inputs.count; i++) {
    await progress.step('ranges', i, inputs.count);
    const found = await session.run(await inputs.read(i), names);
    const read = (name: string) => found[name]?.data[0] ?? NaN;
    for (const [tensor, { low, high, size }] of extents) {
      extents.set(tensor, {
        low: Math.min(low, read(probe.low(tensor))),
        high: Math.max(high, read(probe.high(tensor))),
        size: Math.max(size, read(probe.size(tensor))),
      });
    }
  }
  for (const [tensor, { low, high }] of extents) {
    if (!Number.isFinite(low) || !Number.isFinite(high)) throw new Error(`${tensor} has values that are not finite.`);
  }
  return extents;
}

async function measureDistributions(
  session: Session,
  extents: ReadonlyMap<string, Extent>,
  inputs: Stored<NetworkInputs>,
  progress: Progress,
): Promise<Map<string, Histogram>> {
  const histograms = new Map([...extents].map(([tensor, range]) => [tensor, createHistogram(range)]));
  const groups = groupTensors(extents);
  for (let i = 0; i < inputs.count; i++) {
    const input = await inputs.read(i);
    for (const [k, group] of groups.entries()) {
      await progress.step('distributions', i * groups.length + k, inputs.count * groups.length);
      const found = await session.run(input, group.map(probe.values));
      for (const tensor of group) {
        const [histogram, values] = [histograms.get(tensor), found[probe.values(tensor)]];
        if (histogram && values) addToHistogram(histogram, values.data);
      }
    }
  }
  return histograms;
}

/** Tensors that fit into memory together, in their order. */
function groupTensors(extents: ReadonlyMap<string, Extent>): string[][] {
  const groups: string[][] = [];
  let bytes = Infinity;
  for (const [tensor, { size }] of extents) {
    const own = size * Float32Array.BYTES_PER_ELEMENT;
    if (bytes + own > groupBytes) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)?.push(tensor);
    bytes += own;
  }
  return groups;
}
