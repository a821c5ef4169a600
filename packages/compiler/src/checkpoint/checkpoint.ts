/** A checkpoint folder as ModelScope publishes it and its training saves it. */
import { stat } from 'node:fs/promises';
import { readModelJson } from '@m2fp/core/model';
import { checkpointError, reasonOf } from './checkpoint-error.ts';

export const weightsFileName = 'pytorch_model.pt';
export const configurationFileName = 'configuration.json';

/** `configuration.json`, parsed as JSON. Rejects with `model_unavailable`, naming the file. */
export async function readConfiguration(file: string): Promise<unknown> {
  await assertFile(file);
  return readModelJson(file).catch((error: unknown) => {
    throw checkpointError(`${file} cannot be used: ${reasonOf(error)}.`, error);
  });
}

/** Throws `model_unavailable` if there is no such file. */
export async function assertFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) {
    throw checkpointError(
      `${file} does not exist. A checkpoint folder holds ${weightsFileName} and ${configurationFileName}.`,
    );
  }
  if (!found.isFile()) throw checkpointError(`${file} is not a file.`);
}
