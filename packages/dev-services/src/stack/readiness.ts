/** What the service needs before it can serve: its model, a port, and applications that answer. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isModelName } from '@m2fp/core/bundles';
import getPort, { portNumbers } from 'get-port';
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

/**
 * A bundle's folder becomes an absolute path, for processes that run elsewhere; a model's name stays as it is, also
 * where a folder happens to have it, as for every other command.
 */
export async function absoluteModel(model: string, workingDir: string): Promise<string> {
  if (isModelName(model)) return model;
  const path = resolve(workingDir, model);
  const looksLikePath = model.includes('/') || model.includes('\\');
  const found = await stat(join(path, 'manifest.json')).catch(() => undefined);
  return found?.isFile() === true || looksLikePath ? path : model;
}

/** The requested port, which must be free, or the first free one from 5000 on. */
export async function chooseApiPort(requested: number | undefined): Promise<number> {
  if (requested === undefined) return getPort({ port: portNumbers(5000, 5999) });
  const port = await getPort({ port: requested });
  if (port !== requested) {
    throw new Error(`Port ${requested} is taken. Choose another with --port, or omit it to use a free one.`);
  }
  return port;
}

/** An application starts within a second; a first compilation or a busy machine takes longer. */
const readyMs = 60_000;

/** Waits until a GET answers 2xx. Throws when `signal` aborts, and after a minute with the last answer. */
export async function waitUntilReady(url: string, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + readyMs;
  for (;;) {
    const answer = await notReadyReason(url, signal);
    if (answer === undefined) return;
    if (Date.now() > deadline) throw new Error(`${url} was not ready after ${readyMs / 1000} s: ${answer}`);
    // The timer's own abort error hides the reason.
    await sleep(50, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}

/** Undefined if ready, else what was answered. */
async function notReadyReason(url: string, signal: AbortSignal): Promise<string | undefined> {
  signal.throwIfAborted();
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(2_000)]) });
    const text = await response.text();
    return response.ok ? undefined : `HTTP ${response.status} ${text}`;
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? error.message : String(error);
  }
}
