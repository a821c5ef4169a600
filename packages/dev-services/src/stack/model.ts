import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProcess } from '../processes/managed-process.ts';

const prepareModelMain = fileURLToPath(new URL('./prepare-model.ts', import.meta.url));

export interface ModelSettings {
  /** A name, or a bundle's folder as an absolute path. */
  readonly model: string;
  readonly cacheDir: string;
  readonly signal: AbortSignal;
  readonly onStep: (message: string) => void;
}

/** Makes sure that the model's bundle exists, building it if necessary. Throws an Error that says what is missing. */
export async function ensureModel({ model, cacheDir, signal, onStep }: ModelSettings): Promise<void> {
  const preparing = await startProcess(process.execPath, [prepareModelMain, model, cacheDir], {
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

/** A folder becomes an absolute path, for processes that run elsewhere; a name stays as it is. */
export async function absoluteModel(model: string, workingDir: string): Promise<string> {
  const path = resolve(workingDir, model);
  const found = await stat(path).catch(() => undefined);
  const looksLikePath = model.includes('/') || model.includes('\\');
  return found?.isDirectory() === true || looksLikePath ? path : model;
}
