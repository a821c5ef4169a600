import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '@m2fp/contract';
import { isModelName, pulledBundleDir, type PublishedModelName, publishedModelNames } from '@m2fp/core/bundles';
import {
  convertFetched,
  fetchCheckpoint,
  formatBytes,
  isUrl,
  licenseNotice,
  type ModelOrigin,
  shownOrigin,
} from '@m2fp/compiler/pull';
import { manifestFileName, openBundle } from '@m2fp/core/model';
import { stackCacheDir } from '@m2fp/dev-services';
import { acceptLicense, createDownloadProgress } from '@m2fp/terminal';
import type { DemoOptions } from './demo-options.ts';

/**
 * Puts a published model's bundle where the worker looks for it: fetches and converts the weights unless they are there
 * already, after the user has agreed to their license. Other models need nothing. Throws `invalid_request` without that
 * agreement, and `model_unavailable` with what to do.
 */
export async function fetchModel(options: DemoOptions, workingDir: string, signal: AbortSignal): Promise<void> {
  const { model } = options;
  if (!isPublishedName(model)) {
    if (options.from === undefined && options.config === undefined) return;
    const named = publishedModelNames.join(' or ');
    const known = isModelName(model) ? `${model} needs none` : 'a bundle has its weights';
    throw new AppError('invalid_request', `--from and --config say where to get the weights of ${named}; ${known}.`);
  }
  const origin = originOf(model, options, workingDir);
  const cacheDir = await stackCacheDir();
  const bundleDir = pulledBundleDir(model, cacheDir);
  if (await isThere(bundleDir, origin)) return;
  await acceptLicense({
    notice: licenseNotice(origin),
    accepted: options.acceptLicense,
    input: process.stdin,
    output: process.stderr,
    signal,
  });
  const checkpointDir = join(cacheDir, 'checkpoints', model);
  const progress = createDownloadProgress(process.stderr, formatBytes);
  try {
    await fetchCheckpoint(origin, checkpointDir, progress, signal);
  } finally {
    progress.end();
  }
  signal.throwIfAborted();
  console.log(`Converting the weights to ${bundleDir} …`);
  await convertFetched(origin, checkpointDir, bundleDir, progress, signal);
}

function isPublishedName(model: string): model is PublishedModelName {
  return (publishedModelNames as readonly string[]).includes(model);
}

/** Paths are relative to where the user is. */
function originOf(name: PublishedModelName, { from, config }: DemoOptions, workingDir: string): ModelOrigin {
  const path = from === undefined || isUrl(from) ? from : resolve(workingDir, from);
  return { name, from: path, config: config === undefined ? undefined : resolve(workingDir, config) };
}

/** What was fetched from one address is not fetched from there again; a file may have changed, and is quickly read. */
async function isThere(bundleDir: string, { from }: ModelOrigin): Promise<boolean> {
  const found = await stat(join(bundleDir, manifestFileName)).catch(() => undefined);
  if (found === undefined) return false;
  if (from === undefined) return true;
  return isUrl(from) && (await openBundle(bundleDir)).manifest.source === shownOrigin(from);
}
