/**
 * Where the bundle of the worker's model is. A parser process writes nothing, so what has to be built first, or only
 * looked for among what was built, is done by another process, which decodes no photos. Its answer is kept for all
 * parser processes to come, until one of them cannot load what it found.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AppError, isErrorCode } from '@m2fp/contract';
import { defaultCacheDir, installedBundleDir, isModelName } from '@m2fp/core/bundles';
import { checkBundle, optimizedFolder } from '@m2fp/core/model';
import { type BundleSource, canceled, type Deadline } from '@m2fp/core/process';
import { z } from 'zod';

export interface ModelPlace {
  /** A model's name or a bundle's folder. */
  readonly model: string;
  /** Where bundles are built and kept; the user's cache by default. */
  readonly cacheDir: string | undefined;
}

const entry = fileURLToPath(new URL('./find-bundle.ts', import.meta.url));
const runFile = promisify(execFile);

/** What `find-bundle.ts` prints. */
const answerSchema = z.union([z.object({ bundle: z.string() }), z.object({ code: z.string(), message: z.string() })]);

/** @param environment of the process that looks for it; no secrets */
export function createBundleSource(place: ModelPlace, environment: NodeJS.ProcessEnv): BundleSource {
  let found: string | undefined;
  const look = async ({ signal, timeoutMs }: Deadline): Promise<string> => {
    if (isFolder(place.model) && isBundle(place.model)) return resolve(place.model);
    const options = { env: environment, timeout: timeoutMs, killSignal: 'SIGKILL' as const, signal };
    try {
      const args = [entry, place.model, ...(place.cacheDir === undefined ? [] : [place.cacheDir])];
      const { stdout } = await runFile(process.execPath, args, options);
      const answer = answerSchema.parse(JSON.parse(stdout));
      if ('bundle' in answer) return answer.bundle;
      throw new AppError(isErrorCode(answer.code) ? answer.code : 'internal', answer.message);
    } catch (error) {
      if (error instanceof AppError) throw error;
      if (signal.aborted) throw canceled(signal);
      if ((error as { killed?: boolean }).killed === true) {
        throw new AppError('timeout', `The model was not ready after ${timeoutMs / 1_000} s.`);
      }
      throw new AppError('model_unavailable', 'The model could not be looked for.', { cause: error });
    }
  };
  /** The search that is on its way, if any. */
  let looking: Promise<unknown> | undefined;
  return {
    async find({ signal, timeoutMs }) {
      const startedAt = performance.now();
      // Each caller has a deadline of its own: one that outlasts another's search then looks itself.
      if (found === undefined && looking !== undefined) {
        await Promise.race([looking.catch(() => undefined), untilAborted(signal, timeoutMs)]);
      }
      if (found !== undefined) return found;
      const left = Math.max(1, Math.ceil(timeoutMs - (performance.now() - startedAt)));
      const search = look({ signal, timeoutMs: left });
      looking = search;
      found = await search.finally(() => {
        if (looking === search) looking = undefined;
      });
      return found;
    },
    forget() {
      found = undefined;
    },
    check: (bundle, signal) => checkBundle(bundle, place.cacheDir, signal),
  };
}

async function untilAborted(signal: AbortSignal, timeoutMs: number): Promise<void> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  if (!within.aborted) await once(within, 'abort');
}

/** Where parser processes will read. */
export function whereBundlesAre({ model, cacheDir = defaultCacheDir() }: ModelPlace): string {
  const installed = isModelName(model) ? installedBundleDir(model) : undefined;
  return installed ?? resolve(isFolder(model) ? model : cacheDir);
}

/** Where else: what onnxruntime made of them on this machine. */
export function whereOptimizedBundlesAre({ cacheDir = defaultCacheDir() }: ModelPlace): string {
  return optimizedFolder(cacheDir);
}

/** Names have no slashes. */
function isFolder(model: string): boolean {
  return /[\\/]/.test(model);
}

function isBundle(folder: string): boolean {
  return statSync(join(folder, 'manifest.json'), { throwIfNoEntry: false })?.isFile() ?? false;
}
