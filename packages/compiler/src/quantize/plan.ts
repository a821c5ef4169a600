/** Which layers are computed in 8 bits, and which tensors are therefore stored in u8. */
import type { NodeProto } from '../onnx/onnx-schema.ts';
import type { ChosenRange } from './histogram.ts';
import type { Candidate, Layer } from './layers.ts';
import type { Quantization } from './parameters.ts';

/** What is to be written in 8 bits. */
export interface Plan {
  /** By their nodes; the ReLU that belongs to one has no entry of its own. */
  readonly layers: ReadonlyMap<NodeProto, Layer>;
  /** Of the tensors that are stored in u8. */
  readonly quantizationOf: (tensor: string) => Quantization;
}

/**
 * Leaves out what `isKept` says. An op that joins tensors is taken along where all of them are there in u8 anyway;
 * else it would only add conversions.
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

/** The tensors that need a range of their own: those stored in u8, but for maxima, which keep their input's. */
export function tensorsToCalibrate(layers: readonly Layer[]): string[] {
  const fixed = layers.filter((layer) => layer.kind !== 'matrix');
  const inherited = new Set(fixed.flatMap(({ kind, output }) => (kind === 'maximum' ? [output] : [])));
  const tensors = new Set(fixed.flatMap(({ inputs, output }) => [...inputs, output]));
  return [...tensors].filter((tensor) => !inherited.has(tensor));
}

export function createPlan(layers: readonly Layer[], ranges: ReadonlyMap<string, ChosenRange>): Plan {
  const quantizations = new Map([...ranges].map(([tensor, { quantization }]) => [tensor, quantization]));
  const quantizationOf = (tensor: string): Quantization => {
    const found = quantizations.get(tensor);
    if (!found) throw new Error(`The tensor ${tensor} has no range.`);
    return found;
  };
  for (const { kind, inputs, output } of layers) {
    if (kind === 'maximum') quantizations.set(output, quantizationOf(inputs[0] ?? ''));
  }
  return { layers: new Map(layers.map((layer) => [layer.node, layer])), quantizationOf };
}
