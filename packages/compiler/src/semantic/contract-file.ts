import { stat } from 'node:fs/promises';
import { AppError } from '@m2fp/contract';
import { readModelJson } from '@m2fp/core/model';
import { contractProblems, semanticInputSchema, semanticOutputSchema } from '@m2fp/core/parsing';
import { z } from 'zod';
import { type Contract, contractDefaults } from './presets.ts';

/** What may be left out has a default; the tensors' names are found in the graph. */
const contractSchema = z.strictObject({
  input: semanticInputSchema.partial().required({ size: true }),
  output: semanticOutputSchema.partial().default({}),
});

/** A contract, and the tensors' names if it says them. */
export interface ReadContract extends Contract {
  readonly inputName: string | undefined;
  readonly outputName: string | undefined;
}

/** Reads what `--contract` names. Throws `input_not_found` and `invalid_request`, which says what is wrong with it. */
export async function readContract(path: string): Promise<ReadContract> {
  await stat(path).catch((cause: unknown) => {
    throw new AppError('input_not_found', `${path} cannot be read.`, { cause });
  });
  const value = await readModelJson(path).catch((cause: unknown) => {
    throw unusable(path, `${cause instanceof Error ? cause.message : String(cause)}.`);
  });
  const parsed = contractSchema.safeParse(value);
  if (!parsed.success) throw unusable(path, `\n${z.prettifyError(parsed.error)}`);
  const { name: inputName, ...input } = parsed.data.input;
  const { name: outputName, ...output } = parsed.data.output;
  // Classes cannot be blended.
  const toPhoto = output.values === 'labels' ? 'nearest' : contractDefaults.output.toPhoto;
  const contract: Contract = {
    input: { ...contractDefaults.input, ...withoutUndefined(input), size: input.size },
    output: { ...contractDefaults.output, toPhoto, ...withoutUndefined(output) },
  };
  const [problem] = contractProblems(contract.input, contract.output);
  if (problem !== undefined) throw unusable(path, `${problem}.`);
  return { ...contract, inputName, outputName };
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function unusable(path: string, why: string): AppError {
  return new AppError('invalid_request', `${path} cannot be used as a contract: ${why}`);
}
