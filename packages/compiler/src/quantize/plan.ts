/** Which layers are computed in 8 bits, and which tensors are therefore stored in u8. */
import type { NodeProto } from '../onnx/onnx-schema.ts';
import type { FloatGraph } from './float-graph.ts';
import type { ChosenRange } from './histogram.ts';
import type { Candidate, Layer, MatrixLayer } from './layers.ts';
import type { Quantization } from './parameters.ts';

/** What to write in 8 bits. */
export interface Plan {
  /** By their nodes; the ReLU that belongs to one has no entry of its own. */
  readonly layers: ReadonlyMap<NodeProto, Layer>;
  /** Of the tensors that are stored in u8. */
  readonly quantizationOf: (tensor: string) => Quantization;
}

/**
 * Leaves out what `isKept` says. An op that joins tensors is included if all of them are u8 anyway; otherwise it would
 * only add conversions. A concatenation is also included if its result is stored in u8: its inputs are then converted
 * instead, which are as many values, and a quarter of the bytes is copied.
 */
export function selectLayers(candidates: readonly Candidate[], isKept: (layer: Layer) => boolean): Layer[] {
  const wanted = candidates.flatMap(({ layer, keptFloat }) =>
    layer === undefined || keptFloat !== undefined || isKept(layer) ? [] : [layer],
  );
  const stored = new Set<string>();
  for (const layer of wanted) {
    if (layer.kind === 'convolution') [...layer.inputs, layer.output].forEach((tensor) => stored.add(tensor));
  }
  return wanted.filter((layer) => {
    if (layer.kind === 'convolution' || layer.kind === 'matrix') return true;
    const joinsParts = layer.kind === 'concatenation' && stored.has(layer.output);
    if (!joinsParts && !layer.inputs.every((tensor) => stored.has(tensor))) return false;
    stored.add(layer.output);
    return true;
  });
}

/**
 * The tensors that need a range of their own: those stored in u8, except for those that are stored like another one.
 */
export function tensorsToCalibrate(graph: FloatGraph, layers: readonly Layer[]): string[] {
  const inherited = inheritedRanges(graph, layers);
  const tensors = new Set(layers.filter(isFixed).flatMap(({ inputs, output }) => [...inputs, output]));
  return [...tensors].filter((tensor) => !inherited.has(tensor));
}

/** Adds the ranges of tensors that are stored like another one. */
export function withInherited(
  graph: FloatGraph,
  layers: readonly Layer[],
  ranges: ReadonlyMap<string, ChosenRange>,
): Map<string, ChosenRange> {
  const inherited = inheritedRanges(graph, layers);
  const all = new Map(ranges);
  for (const [tensor, source] of inherited) {
    let from = source;
    for (let next = inherited.get(from); next !== undefined; next = inherited.get(from)) from = next;
    const range = all.get(from);
    if (range) all.set(tensor, range);
  }
  return all;
}

/**
 * From a tensor to the one whose range it takes: a maximum its input's; a part of what a layer gives in u8 that of the
 * whole, which is cut as it is stored; what a concatenation alone wants in u8 that of its result, so that it is copied
 * as it is. Only the last looks further down the graph, and never at a part or a maximum: no way leads back.
 */
function inheritedRanges(graph: FloatGraph, layers: readonly Layer[]): Map<string, string> {
  const fixed = layers.filter(isFixed);
  const made = new Set(fixed.map(({ output }) => output));
  const ownRange = new Set(
    fixed.filter(({ kind }) => kind !== 'concatenation').flatMap(({ inputs, output }) => [...inputs, output]),
  );
  const parts = fixed
    .flatMap(({ inputs }) => inputs)
    .map((tensor) => [tensor, wholeOf(graph, tensor)] as const)
    .filter(([tensor, whole]) => whole !== tensor && made.has(whole));
  const others = fixed.flatMap(({ kind, inputs, output }): [string, string][] => {
    if (kind === 'maximum') return [[output, inputs[0] ?? '']];
    if (kind !== 'concatenation') return [];
    return inputs.filter((tensor) => !ownRange.has(tensor)).map((tensor) => [tensor, output]);
  });
  return new Map([...others, ...parts]);
}

/** The result of a matrix is float32. */
function isFixed(layer: Layer): layer is Exclude<Layer, MatrixLayer> {
  return layer.kind !== 'matrix';
}

/** What the tensor was cut from; itself if it is no part. */
function wholeOf(graph: FloatGraph, tensor: string): string {
  const node = graph.producerOf(tensor);
  const [whole] = node?.op_type === 'Split' ? node.input : [];
  return whole === undefined ? tensor : wholeOf(graph, whole);
}

/** `ranges` includes inherited ones: what reads a maximum may be in 8 bits even if the maximum itself is not. */
export function createPlan(layers: readonly Layer[], ranges: ReadonlyMap<string, ChosenRange>): Plan {
  const quantizationOf = (tensor: string): Quantization => {
    const found = ranges.get(tensor);
    if (!found) throw new Error(`The tensor ${tensor} has no range.`);
    return found.quantization;
  };
  return { layers: new Map(layers.map((layer) => [layer.node, layer])), quantizationOf };
}
