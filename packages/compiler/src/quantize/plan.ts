/** Which layers are computed in 8 bits, and which tensors are therefore stored in u8. */
import type { NodeProto } from '../onnx/onnx-schema.ts';
import type { ChosenRange } from './histogram.ts';
import type { Candidate, Layer } from './layers.ts';
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
export function tensorsToCalibrate(layers: readonly Layer[]): string[] {
  const fixed = layers.filter((layer) => layer.kind !== 'matrix');
  const inherited = new Map(inheritedRanges(layers));
  const tensors = new Set(fixed.flatMap(({ inputs, output }) => [...inputs, output]));
  return [...tensors].filter((tensor) => !inherited.has(tensor));
}

/** Adds the ranges of tensors that are stored like another one. */
export function withInherited(
  layers: readonly Layer[],
  ranges: ReadonlyMap<string, ChosenRange>,
): Map<string, ChosenRange> {
  const all = new Map(ranges);
  for (const [tensor, source] of inheritedRanges(layers)) {
    const range = all.get(source);
    if (range) all.set(tensor, range);
  }
  return all;
}

/**
 * Pairs of a tensor and the one whose range it takes: a maximum its input's; what a concatenation alone wants in u8
 * that of its result, so that it is copied as it is.
 */
function inheritedRanges(layers: readonly Layer[]): [tensor: string, source: string][] {
  const joinsParts = ({ kind }: Layer): boolean => kind === 'concatenation' || kind === 'matrix';
  const ownRange = new Set(
    layers.filter((layer) => !joinsParts(layer)).flatMap(({ inputs, output }) => [...inputs, output]),
  );
  return layers.flatMap(({ kind, inputs, output }): [string, string][] => {
    if (kind === 'maximum') return [[output, inputs[0] ?? '']];
    if (kind !== 'concatenation') return [];
    return inputs.filter((tensor) => !ownRange.has(tensor)).map((tensor) => [tensor, output]);
  });
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
