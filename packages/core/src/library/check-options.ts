/** What is refused before any work: the same for both engines, and nothing that a process could not be told. */
import {
  AppError,
  bounds,
  outputNames,
  type OutputName,
  type ParseOptions,
  type ParseOptionsInput,
  parseOptionsSchema,
} from '@m2fp/contract';
import { z } from 'zod';

/** Node's timers fire at once for more: 24.8 days. */
const longestMs = 2 ** 31 - 1;

/** @throws AppError with the code `invalid_request`, as all here do */
export function assertCount(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new AppError('invalid_request', `${name} is ${value}: a whole number from ${min} to ${max} is needed.`);
}

/** Fractions are fine: they are what is left of a limit. */
export function assertTimeout(name: string, value: number): void {
  if (typeof value === 'number' && value >= 0 && value <= longestMs) return;
  throw new AppError('invalid_request', `${name} is ${value}: a number from 0 to ${longestMs} (ms) is needed.`);
}

export function assertPhotoName(name: string | undefined): void {
  const { max } = bounds.photoName;
  if (name === undefined || (typeof name === 'string' && name.length > 0 && name.length <= max)) return;
  throw new AppError('invalid_request', `The photo's name is not valid: a text of 1 to ${max} characters is needed.`);
}

export function assertOutputs(outputs: readonly OutputName[]): void {
  const unknown = outputs.find((output) => !outputNames.includes(output));
  if (unknown === undefined) return;
  throw new AppError('invalid_request', `${String(unknown)} is no output: there are ${outputNames.join(', ')}.`);
}

export function readOptions(given: Partial<ParseOptionsInput>): ParseOptions {
  const parsed = parseOptionsSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new AppError('invalid_request', `The options are not valid:\n${z.prettifyError(parsed.error)}`);
}
