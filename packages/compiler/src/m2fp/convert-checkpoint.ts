import { join } from 'node:path';
import type { Manifest } from '@m2fp/core/model';
import { configurationFileName, openCheckpoint } from '../checkpoint/checkpoint.ts';
import { stopWhenAborted } from '../checkpoint/tensor-source.ts';
import { parseConfiguration } from './configuration.ts';
import { convertM2fp } from './convert.ts';
import type { BundleDescription } from './manifest.ts';

/**
 * Compiles the checkpoint in a folder to a model bundle at `outDir`. Rejects as `openCheckpoint` and `convertM2fp` do,
 * and with the signal's reason once it is aborted; nothing half is left then.
 */
export async function convertCheckpoint(
  checkpointDir: string,
  outDir: string,
  description: BundleDescription,
  signal: AbortSignal,
): Promise<Manifest> {
  const checkpoint = await openCheckpoint(checkpointDir);
  try {
    const configuration = parseConfiguration(checkpoint.configuration, join(checkpointDir, configurationFileName));
    return await convertM2fp(stopWhenAborted(checkpoint.source, signal), configuration, outDir, description);
  } finally {
    await checkpoint.close();
  }
}
