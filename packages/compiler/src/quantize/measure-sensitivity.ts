/**
 * How far each part of the network moves the network's outputs when that part alone is quantized. A layer's error in
 * its own result says little about that: an error near the end shows, one far from it may average out.
 */
// `!` below: loops over the values of an output, within its own length.
import type { FloatTensor, NetworkInputs, Session } from '@m2fp/core/model';
import type { Stored } from './calibration-inputs.ts';
import { type Instruments, loadInstrumented, type Replacements } from './instrumented-graph.ts';
import type { Layer } from './layers.ts';
import type { WeightBits } from './parameters.ts';
import { createPlan } from './plan.ts';
import type { Progress } from './progress.ts';
import type { ChosenRange } from './histogram.ts';
import { writeLayer } from './rewrite.ts';
import { TensorForms } from './tensor-forms.ts';
import type { LayerWriter } from './write-layers.ts';

export interface SensitivitySettings {
  readonly bits: WeightBits;
  readonly ranges: ReadonlyMap<string, ChosenRange>;
}

/**
 * For each group of layers, the mean over the outputs of their relative squared error (L2, over all inputs). As errors
 * of different layers are nearly independent, that of several groups is about the sum of theirs.
 */
export async function measureSensitivity(
  instruments: Instruments,
  groups: readonly (readonly Layer[])[],
  settings: SensitivitySettings,
  inputs: Stored<NetworkInputs>,
  progress: Progress,
): Promise<number[]> {
  const outputs = [...instruments.graph.outputs];
  const run = async (session: Session): Promise<Record<string, FloatTensor>[]> => {
    const results = [];
    for (let i = 0; i < inputs.count; i++) results.push(await session.run(await inputs.read(i), outputs));
    return results;
  };
  const expected = await withSession(
    loadInstrumented(instruments, 'float', () => undefined),
    run,
  );
  const errors: number[] = [];
  for (const [i, group] of groups.entries()) {
    await progress.step('sensitivity', i, groups.length);
    const session = loadInstrumented(instruments, `sensitivity-${i}`, (g) => {
      const plan = createPlan(group, settings.ranges);
      const writer: LayerWriter = { g, graph: instruments.graph, bits: settings.bits };
      const forms = new TensorForms(g, plan.quantizationOf, (name) => ({ name }));
      for (const layer of group) writeLayer(writer, layer, forms, plan);
      return new Map(group.map(({ output }) => [output, forms.float(output)])) satisfies Replacements;
    });
    const found = await withSession(session, run);
    errors.push(outputs.reduce((sum, name) => sum + relativeError(expected, found, name), 0) / outputs.length);
  }
  return errors;
}

async function withSession<T>(loading: Promise<Session>, use: (session: Session) => Promise<T>): Promise<T> {
  const session = await loading;
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}

/** Sum of the squared differences, divided by that of the expected values' squares. */
function relativeError(
  expected: readonly Record<string, FloatTensor>[],
  found: readonly Record<string, FloatTensor>[],
  name: string,
): number {
  let error = 0;
  let power = 0;
  for (const [i, tensors] of expected.entries()) {
    const [a, b] = [tensors[name]?.data ?? new Float32Array(0), found[i]?.[name]?.data ?? new Float32Array(0)];
    for (let k = 0; k < a.length; k++) {
      error += (b[k]! - a[k]!) ** 2;
      power += a[k]! ** 2;
    }
  }
  return power > 0 ? error / power : 0;
}
