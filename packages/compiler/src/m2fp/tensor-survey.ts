import type { Shape, TensorSource } from '../checkpoint/tensor-source.ts';
import type { Architecture } from './architecture.ts';
import { requiredTensors } from './required-tensors.ts';

/** How a checkpoint's tensors compare with what a network needs, for people who look. */
export interface TensorSurvey {
  readonly missing: readonly { name: string; required: Shape }[];
  readonly misshapen: readonly { name: string; required: Shape; found: Shape }[];
  /** Names that the network does not need: ignored. Counters of batch normalisation are left out: every layer has one. */
  readonly ignored: readonly string[];
}

/** Reads no tensor, and throws for none. */
export function surveyTensors(source: TensorSource, architecture: Architecture): TensorSurvey {
  const required = requiredTensors(architecture);
  const missing: TensorSurvey['missing'][number][] = [];
  const misshapen: TensorSurvey['misshapen'][number][] = [];
  for (const [name, shape] of required) {
    const found = source.shape(name);
    if (found === undefined) missing.push({ name, required: shape });
    else if (found.join() !== shape.join()) misshapen.push({ name, required: shape, found });
  }
  const ignored = source.names().filter((name) => !required.has(name) && !name.endsWith('.num_batches_tracked'));
  return { missing, misshapen, ignored };
}
