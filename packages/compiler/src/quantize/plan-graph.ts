/** From calibration inputs to the decision what of a graph is computed in 8 bits. */
import type { NetworkInputs } from '@m2fp/core/model';
import type { Stored } from './calibration-inputs.ts';
import { calibrate } from './calibrate.ts';
import type { Instruments } from './instrumented-graph.ts';
import { findCandidates, type Layer } from './layers.ts';
import { measureErrors } from './measure-errors.ts';
import type { WeightBits } from './parameters.ts';
import { createPlan, type Plan, selectLayers, tensorsToCalibrate } from './plan.ts';
import type { Progress } from './progress.ts';
import { describeLayers, type LayerRow } from './report.ts';

/** A layer whose own error is above this (20 dB below its result) stays float32. */
export const largestError = 0.1;
/** Below so many rows, quantising a matrix's input costs more than the product saves; and it leaves queries exact. */
const leastRows = 128;

/** Tries every layer that could be quantised, alone, and keeps those whose error is small enough. */
export async function planGraph(
  instruments: Instruments,
  bits: WeightBits,
  inputs: Stored<NetworkInputs>,
  progress: Progress,
): Promise<{ plan: Plan; rows: LayerRow[] }> {
  const { graph } = instruments;
  const candidates = findCandidates(graph);
  const tried = selectLayers(candidates, () => false);
  const ranges = await calibrate(instruments, tensorsToCalibrate(tried), inputs, progress);
  const errors = await measureErrors(instruments, { plan: createPlan(tried, ranges), bits }, inputs, progress);
  const reasonFor = (layer: Layer): string | undefined => {
    const measured = errors.get(layer.name);
    if (!measured) return undefined;
    // Not-a-number is no small error either.
    if (!(measured.relative <= largestError)) return 'adds too large an error';
    return layer.kind === 'matrix' && measured.rows < leastRows ? 'has few rows' : undefined;
  };
  const chosen = selectLayers(candidates, (layer) => reasonFor(layer) !== undefined);
  const countWeights = (layer: Layer): number =>
    'weight' in layer ? graph.shapeOf(layer.weight).reduce((product, size) => product * size, 1) : 0;
  const decisions = { chosen: new Set(chosen), errors, ranges, reasonFor, countWeights };
  return { plan: createPlan(chosen, ranges), rows: describeLayers(candidates, decisions) };
}
