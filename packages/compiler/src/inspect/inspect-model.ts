import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '@m2fp/contract';
import { type Manifest, manifestFileName, openBundle } from '@m2fp/core/model';
import { configurationFileName, weightsFileName } from '../checkpoint/checkpoint.ts';
import { type CheckpointReport, inspectCheckpoint } from './inspect-checkpoint.ts';

/** A bundle's manifest; all its files were found whole. */
export type BundleReport = { readonly what: 'bundle' } & Manifest;

/** What a folder holds: a model bundle or a checkpoint. Throws `model_unavailable` where it is neither, or damaged. */
export async function inspectModel(dir: string): Promise<BundleReport | CheckpointReport> {
  const root = resolve(dir);
  if (await exists(join(root, manifestFileName))) return { what: 'bundle', ...(await openBundle(root)).manifest };
  if ((await exists(join(root, weightsFileName))) || (await exists(join(root, configurationFileName)))) {
    return inspectCheckpoint(root);
  }
  throw new AppError(
    'model_unavailable',
    `${dir} is neither a model bundle (${manifestFileName}) nor a checkpoint (${weightsFileName}, ${configurationFileName}).`,
  );
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
