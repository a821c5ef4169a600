/** Determines from calibration inputs what can be computed in 8 bits, and with what error. */
import { AppError } from '@m2fp/contract';
import type { NetworkInputs } from '@m2fp/core/model';
import type { Stored } from './calibration-inputs.ts';
import { calibrate } from './calibrate.ts';
import type { FloatGraph } from './float-graph.ts';
import type { ChosenRange } from './histogram.ts';
import type { Instruments } from './instrumented-graph.ts';
import { findCandidates, type Layer } from './layers.ts';
import { measureErrors } from './measure-errors.ts';
import type { WeightBits } from './parameters.ts';
import { createPlan, type Plan, selectLayers, tensorsToCalibrate, withInherited } from './plan.ts';
import type { Progress } from './progress.ts';
import { describeLayers, type LayerRow } from './report.ts';

/** A layer whose own error is above this (20 dB below its result) stays float32. */
const largestError = 0.1;
/** With fewer rows, quantizing a matrix's input costs more than the product saves; it also leaves queries exact. */
const leastRows = 128;

export interface WeightedLayer {
  readonly layer: Layer;
  /** Products of a weight and an activation. */
  readonly products: number;
}

export interface PlanChoices {
  readonly ranges: ReadonlyMap<string, ChosenRange>;
  /** Layers with weights that may be quantized, in the order in which they run. */
  readonly layers: readonly WeightedLayer[];
  /** The plan that keeps some of them in float32 for the sake of the network's outputs. */
  plan(kept: ReadonlySet<Layer>, outputErrors: ReadonlyMap<Layer, number>): { plan: Plan; rows: LayerRow[] };
}

/** Tries every layer that could be quantized, alone; those whose own error is small enough may be. */
export async function planGraph(
  instruments: Instruments,
  bits: WeightBits,
  inputs: Stored<NetworkInputs>,
  progress: Progress,
): Promise<PlanChoices> {
  const { graph } = instruments;
  const candidates = findCandidates(graph);
  const tried = selectLayers(candidates, () => false);
  if (tried.length === 0) {
    const reasons = [
      ...new Set(candidates.flatMap(({ node, keptFloat }) => `${node.op_type} ${keptFloat ?? 'is alone'}`)),
    ];
    const why = reasons.length === 0 ? 'it has no convolutions and products' : reasons.join('; ');
    throw new AppError('invalid_request', `No layer of this network can be computed in 8 bits: ${why}.`);
  }
  const calibrated = await calibrate(instruments, tensorsToCalibrate(graph, tried), inputs, progress);
  const ranges = withInherited(graph, tried, calibrated);
  const errors = await measureErrors(instruments, { plan: createPlan(tried, ranges), bits }, inputs, progress);
  const refusal = (layer: Layer): string | undefined => {
    const measured = errors.get(layer.name);
    if (!measured) return undefined;
    // NaN is not a small error either.
    if (!(measured.relative <= largestError)) return 'adds too large an error';
    return layer.kind === 'matrix' && measured.size / layer.outFeatures < leastRows ? 'has few rows' : undefined;
  };
  return {
    ranges,
    layers: selectLayers(candidates, (layer) => refusal(layer) !== undefined).flatMap((layer) => {
      const weights = countWeights(graph, layer);
      const size = errors.get(layer.name)?.size ?? 0;
      return weights === 0 ? [] : [{ layer, products: (size * weights) / outputChannels(graph, layer) }];
    }),
    plan(kept, outputErrors) {
      const reasonFor = (layer: Layer): string | undefined =>
        kept.has(layer) ? "moves the network's result too far" : refusal(layer);
      const chosen = selectLayers(candidates, (layer) => reasonFor(layer) !== undefined);
      const rows = describeLayers(candidates, {
        chosen: new Set(chosen),
        ...{ errors, outputErrors, ranges, reasonFor },
        countWeights: (layer) => countWeights(graph, layer),
      });
      return { plan: createPlan(chosen, ranges), rows };
    },
  };
}

function countWeights(graph: FloatGraph, layer: Layer): number {
  return 'weight' in layer ? graph.shapeOf(layer.weight).reduce((product, size) => product * size, 1) : 0;
}

function outputChannels(graph: FloatGraph, layer: Layer): number {
  if (layer.kind === 'matrix') return layer.outFeatures;
  return layer.kind === 'convolution' ? (graph.shapeOf(layer.weight)[0] ?? 1) : 1;
}
