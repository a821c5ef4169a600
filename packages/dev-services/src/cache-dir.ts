import { constants } from 'node:fs';
import { access, mkdir, stat } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { defaultCacheDir } from '@m2fp/core/bundles';
import { readEnvironment } from './config.ts';

/** Where the stack keeps models and services: `M2FP_CACHE_DIR`, or the user's own cache. */
export function stackCacheDir(): Promise<string> {
  return usableCacheDir(readEnvironment().M2FP_CACHE_DIR);
}

/** The cache folder, created if missing. Users without a writable home get their own in the temporary folder. */
export async function usableCacheDir(configured: string | undefined): Promise<string> {
  if (configured !== undefined) {
    await mkdir(configured, { recursive: true });
    return configured;
  }
  const usual = defaultCacheDir();
  try {
    await mkdir(usual, { recursive: true });
    await access(usual, constants.W_OK);
    return usual;
  } catch {
    return ownTemporaryCache();
  }
}

/** Programs are run from here: a folder that someone else created under this name is refused. */
async function ownTemporaryCache(): Promise<string> {
  const { uid } = userInfo();
  const folder = join(tmpdir(), `m2fp-cache-${uid}`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  // Windows has neither, and a temporary folder for each user.
  if (process.platform === 'win32') return folder;
  const { uid: owner, mode } = await stat(folder);
  if (owner !== uid || (mode & 0o022) !== 0)
    throw new Error(`${folder} belongs to someone else, or someone else can write to it.`);
  return folder;
}
