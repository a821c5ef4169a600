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
 * only add conversions.
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
    if (!layer.inputs.every((tensor) => stored.has(tensor))) return false;
    stored.add(layer.output);
    return true;
  });
}

/** The tensors that need a range of their own: those stored in u8, except for maxima, which keep their input's. */
export function tensorsToCalibrate(layers: readonly Layer[]): string[] {
  const fixed = layers.filter((layer) => layer.kind !== 'matrix');
  const inherited = new Set(fixed.flatMap(({ kind, output }) => (kind === 'maximum' ? [output] : [])));
  const tensors = new Set(fixed.flatMap(({ inputs, output }) => [...inputs, output]));
  return [...tensors].filter((tensor) => !inherited.has(tensor));
}

/** Adds the ranges of maxima: those of their inputs. */
export function withMaxima(
  layers: readonly Layer[],
  ranges: ReadonlyMap<string, ChosenRange>,
): Map<string, ChosenRange> {
  const all = new Map(ranges);
  for (const { kind, inputs, output } of layers) {
    const range = all.get(inputs[0] ?? '');
    if (kind === 'maximum' && range) all.set(output, range);
  }
  return all;
}

/** `ranges` includes those of maxima: what reads one may be in 8 bits even if the maximum itself is not. */
export function createPlan(layers: readonly Layer[], ranges: ReadonlyMap<string, ChosenRange>): Plan {
  const quantizationOf = (tensor: string): Quantization => {
    const found = ranges.get(tensor);
    if (!found) throw new Error(`The tensor ${tensor} has no range.`);
    return found.quantization;
  };
  return { layers: new Map(layers.map((layer) => [layer.node, layer])), quantizationOf };
}
