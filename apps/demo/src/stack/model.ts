import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess } from '@m2fp/dev-services';

const prepareModelMain = fileURLToPath(new URL('./prepare-model.ts', import.meta.url));

export interface ModelSettings {
  readonly model: string;
  readonly cacheDir: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
  readonly onStep: (message: string) => void;
}

/** Makes sure that the model's bundle is there, building it if need be. Throws an Error with what is missing. */
export async function ensureModel(settings: ModelSettings): Promise<void> {
  const { model, cacheDir, environment, signal, onStep } = settings;
  const preparing = await startProcess(process.execPath, [prepareModelMain, model, cacheDir], {
    env: environment,
    onLine: (line) => line === 'building' && onStep(`building the ${model} model, once`),
  });
  const stop = (): void => void preparing.stop(1_000);
  signal.addEventListener('abort', stop, { once: true });
  const { code } = await preparing.exited;
  signal.removeEventListener('abort', stop);
  await preparing.stop();
  signal.throwIfAborted();
  if (code !== 0) throw new Error(preparing.recentOutput());
}

/** A folder as an absolute path, for processes that run elsewhere; a name as it is. */
export async function absoluteModel(model: string, workingDir: string): Promise<string> {
  const path = resolve(workingDir, model);
  const found = await stat(path).catch(() => undefined);
  const looksLikePath = model.includes('/') || model.includes('\\');
  return found?.isDirectory() === true || looksLikePath ? path : model;
}
