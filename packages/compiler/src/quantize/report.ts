/** What was done to each layer, for people and for programs. */
import type { ManifestDraft, ManifestOf } from '@m2fp/core/model';
import type { Agreement, Goal } from './agreement.ts';
import type { ChosenRange } from './histogram.ts';
import type { Candidate, Layer } from './layers.ts';
import type { LayerError } from './measure-errors.ts';
import type { WeightBits } from './parameters.ts';

export interface LayerRow {
  readonly name: string;
  /** ONNX's name of the op, and that of an activation joined to it. */
  readonly op: string;
  readonly result: 'int8' | 'float32';
  /** Int8: how activations are quantized. Float32: why. */
  readonly how: string;
  /** How the range of the result was chosen; undefined if it has no fixed one. */
  readonly range: ChosenRange['method'] | undefined;
  /** Weights of the layer, without biases. */
  readonly weights: number;
  /** Relative error (L2) that the layer adds by itself when quantized; undefined if not tried. */
  readonly error: number | undefined;
  /** Relative error (L2) of the network's outputs if only the layer's group is quantized; undefined if not measured. */
  readonly outputError: number | undefined;
}

export interface QuantizationReport {
  readonly bundle: string;
  readonly weightBits: WeightBits;
  readonly photos: number;
  /** Network inputs that ranges and errors were measured on. */
  readonly inputs: number;
  readonly agreement: Agreement;
  readonly goal: Goal;
  readonly isGoalReached: boolean;
  readonly layers: readonly LayerRow[];
}

/** Decisions about the layers that were tried. */
export interface Decisions {
  readonly chosen: ReadonlySet<Layer>;
  readonly errors: ReadonlyMap<string, LayerError>;
  readonly outputErrors: ReadonlyMap<Layer, number>;
  readonly ranges: ReadonlyMap<string, ChosenRange>;
  /** Why a layer that was tried is kept in float32; undefined if it is not. */
  readonly reasonFor: (layer: Layer) => string | undefined;
  readonly countWeights: (layer: Layer) => number;
}

/** A row for each candidate, except for those that join tensors and were never going to be quantized. */
export function describeLayers(candidates: readonly Candidate[], decisions: Decisions): LayerRow[] {
  return candidates.flatMap(({ node, layer, keptFloat }): LayerRow[] => {
    if (layer === undefined) return [floatRow(node.name, node.op_type, keptFloat ?? '', 0)];
    const { chosen, errors, outputErrors, ranges, reasonFor, countWeights } = decisions;
    const op = 'relu' in layer && layer.relu ? `${node.op_type} + Relu` : node.op_type;
    const error = errors.get(layer.name)?.relative;
    const outputError = outputErrors.get(layer);
    const weights = countWeights(layer);
    if (!chosen.has(layer)) {
      if (keptFloat === undefined && error === undefined) return [];
      const reason = keptFloat ?? reasonFor(layer) ?? 'joins what is float32';
      return [{ ...floatRow(layer.name, op, reason, weights), error, outputError }];
    }
    const how = layer.kind === 'matrix' ? 'range at run time' : 'fixed range';
    const range = ranges.get(layer.output)?.method;
    return [{ name: layer.name, op, result: 'int8', how, range, weights, error, outputError }];
  });
}

function floatRow(name: string, op: string, how: string, weights: number): LayerRow {
  return { name, op, result: 'float32', how, range: undefined, weights, error: undefined, outputError: undefined };
}

/** How far the result is above the error, dB. */
export function signalToNoise(error: number): number {
  return -20 * Math.log10(error);
}

/** A Markdown document. */
export function formatReport(report: QuantizationReport): string {
  const { bundle, weightBits, photos, inputs, agreement, goal, isGoalReached, layers } = report;
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const int8 = layers.filter(({ result }) => result === 'int8').length;
  return [
    `# ${bundle} in 8 bits`,
    '',
    `Weights of ${weightBits} bits; ranges and errors from ${inputs} network inputs of ${photos} photos.`,
    `${int8} of ${layers.length} layers are int8. Against float32 on these photos: ${percent(agreement.pixels)} of the`,
    `pixels have the same class (worst photo ${percent(agreement.leastPixels)}), mean IoU`,
    `${agreement.meanIou.toFixed(4)} (worst photo ${agreement.leastMeanIou.toFixed(4)}). The goal of`,
    `${percent(goal.pixels)} and ${goal.meanIou} is ${isGoalReached ? 'reached' : 'NOT reached'}.`,
    '',
    'Error: what the layer adds by itself, as a share of its result (root of squares), and in dB below it. At the',
    "outputs: how far the network's outputs move if only this layer and the neighbors in its group are quantized.",
    '',
    '| layer | op | result | how, or why not | range | weights | error | dB | at the outputs |',
    '|---|---|---|---|---|--:|--:|--:|--:|',
    ...layers.map(formatRow),
    '',
  ].join('\n');
}

function formatRow({ name, op, result, how, range, weights, error, outputError }: LayerRow): string {
  const cells = [
    name,
    op,
    result,
    how,
    range ?? '',
    weights === 0 ? '' : String(weights),
    error === undefined ? '' : error.toExponential(1),
    error === undefined ? '' : signalToNoise(error).toFixed(1),
    outputError === undefined ? '' : outputError.toExponential(1),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** The int8 bundle's manifest: the float32 bundle's, plus what was done. Its texts are data on disk. */
export function draftManifest(source: ManifestOf, name: string, report: QuantizationReport): ManifestDraft {
  const { layers, weightBits, photos, inputs, agreement } = report;
  const int8 = layers.filter(({ result }) => result === 'int8');
  const tried = layers.filter(({ error }) => error !== undefined);
  const worst = int8.reduce<(typeof int8)[number] | undefined>(
    (most, row) => ((row.error ?? 0) > (most?.error ?? -1) ? row : most),
    undefined,
  );
  const ranges = (method: string) => int8.filter(({ range }) => range === method).length;
  return {
    ...source,
    name,
    dtype: 'int8',
    quantization: {
      from: { name: source.name, version: source.version },
      activations: 'u8, a range a tensor',
      weights: `s8 of ${weightBits} bits, a scale a channel`,
      int8Layers: int8.length,
      float32Layers: layers.length - int8.length,
      int8Weights: int8.reduce((sum, { weights }) => sum + weights, 0),
      ranges: {
        fixed: int8.filter(({ how }) => how === 'fixed range').length,
        atRunTime: int8.filter(({ how }) => how === 'range at run time').length,
        minMax: ranges('min-max'),
        percentile: ranges('percentile'),
      },
      calibration: { photos, inputs },
      largestError: worst === undefined ? null : { layer: worst.name, relative: rounded(worst.error ?? 0) },
      keptForTheirError: tried.filter(({ how }) => how === 'adds too large an error').map((row) => row.name),
      agreement: {
        pixels: rounded(agreement.pixels),
        meanIou: rounded(agreement.meanIou),
        leastPixels: rounded(agreement.leastPixels),
        leastMeanIou: rounded(agreement.leastMeanIou),
      },
    },
  };
}

function rounded(value: number): number {
  return Number(value.toFixed(6));
}
