import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readModelJson } from '@m2fp/core/model';
import { checkpointError, reasonOf } from './checkpoint-error.ts';
import { openWeights, type WeightsFile } from './weights-file.ts';

export const weightsFileName = 'pytorch_model.pt';
export const configurationFileName = 'configuration.json';

/** An open checkpoint folder, as ModelScope publishes it. */
export interface Checkpoint extends WeightsFile {
  readonly dir: string;
  /** `configuration.json`, parsed as JSON. */
  readonly configuration: unknown;
}

/**
 * Opens a folder with `pytorch_model.pt` and `configuration.json`. Reads the pickle but no tensors; the optimizer's
 * part of the file is never read. Nothing that the pickle asks for is run.
 *
 * Rejects with `model_unavailable`, naming the file and the tensor, if a file is missing, cut off, not a checkpoint, or
 * describes an impossible tensor.
 */
export async function openCheckpoint(dir: string): Promise<Checkpoint> {
  const configuration = await readConfiguration(join(dir, configurationFileName));
  const file = join(dir, weightsFileName);
  await assertFile(file);
  return { ...(await openWeights(file)), dir, configuration };
}

async function readConfiguration(file: string): Promise<unknown> {
  await assertFile(file);
  return readModelJson(file).catch((error: unknown) => {
    throw checkpointError(`${file} cannot be used: ${reasonOf(error)}.`, error);
  });
}

/** Throws if there is no such file. */
async function assertFile(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) {
    throw checkpointError(
      `${file} does not exist. A checkpoint folder holds ${weightsFileName} and ${configurationFileName}.`,
    );
  }
  if (!found.isFile()) throw checkpointError(`${file} is not a file.`);
}
