/** By itself, for programs that load neither compiler nor models. */
import envPaths from 'env-paths';

/** Where this system keeps a user's caches: `~/.cache/m2fp` on Linux. */
export function defaultCacheDir(): string {
  return envPaths('m2fp', { suffix: '' }).cache;
}
