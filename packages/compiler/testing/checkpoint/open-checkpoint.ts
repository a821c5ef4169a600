import { join } from 'node:path';
import {
  assertFile,
  configurationFileName,
  readConfiguration,
  weightsFileName,
} from '../../src/checkpoint/checkpoint.ts';
import { openWeights, type WeightsFile } from '../../src/checkpoint/weights-file.ts';

export interface Checkpoint extends WeightsFile {
  readonly configuration: unknown;
}

/** Test support: a folder with ModelScope's two files, without reading what the network is. */
export async function openCheckpoint(dir: string): Promise<Checkpoint> {
  const configuration = await readConfiguration(join(dir, configurationFileName));
  await assertFile(join(dir, weightsFileName));
  return { ...(await openWeights(join(dir, weightsFileName))), configuration };
}
