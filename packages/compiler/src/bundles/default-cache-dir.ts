import envPaths from 'env-paths';

/** Where this system keeps caches of the user, as `~/.cache/m2fp` on Linux. */
export function defaultCacheDir(): string {
  return envPaths('m2fp', { suffix: '' }).cache;
}
