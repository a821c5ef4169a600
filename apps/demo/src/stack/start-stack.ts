import getPort from 'get-port';
import { startProcess, startRedis, startS3, usableCacheDir, type ManagedProcess } from '@m2fp/dev-services';
import { createCleanup, type Cleanup } from '../cleanup.ts';
import type { DemoConfig } from '../config.ts';
import { chooseApiPort } from './api-port.ts';
import { applications, nodeFlags, type Application } from './applications.ts';
import { ensureModel } from './model.ts';
import { waitUntilReady } from './readiness.ts';
import { serviceEnvironment } from './service-environment.ts';

export interface StackSettings {
  readonly config: DemoConfig;
  /** A model's name, or the absolute path of its bundle's folder. */
  readonly model: string;
  /** The API's port; the first free one from 5000 on where there is none. */
  readonly port?: number | undefined;
  /** Restart an application when its source changes. */
  readonly watch?: boolean;
  /** For the applications' node, before the program. */
  readonly nodeArguments?: readonly string[];
  /** For the applications only, over everything else. */
  readonly overrides?: (application: Application) => NodeJS.ProcessEnv;
  /** Stops the start, and with it everything that was started. */
  readonly signal: AbortSignal;
  readonly onStep: (message: string) => void;
  readonly onLine?: (application: Application, line: string) => void;
}

/** The whole service on this machine: Redis, S3, the API, a worker and a dispatcher. */
export interface Stack {
  readonly apiUrl: string;
  readonly workerHealthUrl: string;
  readonly processes: Readonly<Record<Application, ManagedProcess>>;
  /** Resolves, with what it said last, when an application ends that nobody stopped. */
  readonly failure: Promise<Error>;
  stop(): Promise<void>;
}

/** An application starts in a second; one that waits for a first compilation, or on a busy machine, takes longer. */
const readyMs = 60_000;

/** Resolves when the API, the worker and the dispatcher are ready. Throws with nothing left running. */
export async function startStack(settings: StackSettings): Promise<Stack> {
  const cleanup = createCleanup();
  try {
    return await start(settings, cleanup);
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

async function start(settings: StackSettings, cleanup: Cleanup): Promise<Stack> {
  const { config, model, signal, onStep } = settings;
  const cacheDir = await usableCacheDir(config.cacheDir);
  const [redis, s3] = await allOrNone([
    startRedis({ cacheDir, onStep }).then(deferStop(cleanup)),
    startS3().then(deferStop(cleanup)),
    ensureModel({ model, cacheDir, environment: config.environment, signal, onStep }),
  ]);
  signal.throwIfAborted();
  onStep(`Redis: ${redis.origin} · S3: ${s3.origin}`);
  const { queuePrefix, environment } = config;
  const shared = {
    ...serviceEnvironment({ redis, s3, model, cacheDir, queuePrefix, environment }),
    LOG_LEVEL: config.logLevel ?? 'info',
  };
  return startApplications(settings, shared, cleanup);
}

async function startApplications(settings: StackSettings, shared: NodeJS.ProcessEnv, cleanup: Cleanup): Promise<Stack> {
  const port = await chooseApiPort(settings.port);
  const healthPort = await getPort({ host: '127.0.0.1' });
  const dispatcherPort = await getPort({ host: '127.0.0.1', exclude: [healthPort] });
  const { watch = false, nodeArguments = [], onLine } = settings;
  const nodeOptions = [...(watch ? ['--watch', '--watch-preserve-output'] : []), ...nodeArguments];
  let stopping = false;
  const run = async (name: Application, env: NodeJS.ProcessEnv): Promise<ManagedProcess> => {
    const args = [...nodeOptions, ...nodeFlags[name], applications[name]];
    const own = { ...env, ...settings.overrides?.(name) };
    const running = await startProcess(process.execPath, args, { env: own, onLine: (line) => onLine?.(name, line) });
    return deferStop(cleanup)(running);
  };
  const api = await run('api', { ...shared, PORT: String(port) });
  const worker = await run('worker', { ...shared, HEALTH_PORT: String(healthPort) });
  const dispatcher = await run('dispatcher', { ...shared, HEALTH_PORT: String(dispatcherPort) });
  cleanup.defer(() => (stopping = true));
  const failure = Promise.race([
    endedUnasked('api', api),
    endedUnasked('worker', worker),
    endedUnasked('dispatcher', dispatcher),
  ]);

  const apiUrl = `http://127.0.0.1:${port}`;
  const workerHealthUrl = `http://127.0.0.1:${healthPort}`;
  const failed = new AbortController();
  void failure.then((error) => !stopping && failed.abort(error));
  const signal = AbortSignal.any([settings.signal, failed.signal]);
  await waitUntilReady(`${apiUrl}/readyz`, readyMs, signal);
  await waitUntilReady(`${workerHealthUrl}/readyz`, readyMs, signal);
  await waitUntilReady(`http://127.0.0.1:${dispatcherPort}/readyz`, readyMs, signal);
  return { apiUrl, workerHealthUrl, processes: { api, worker, dispatcher }, failure, stop: () => cleanup.run() };
}

async function endedUnasked(name: Application, running: ManagedProcess): Promise<Error> {
  const { code, signal } = await running.exited;
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  return new Error(`The ${name} ended ${how}. Its last words:\n${running.recentOutput()}`);
}

function deferStop(cleanup: Cleanup) {
  return <T extends { stop(): Promise<void> }>(service: T): T => {
    cleanup.defer(() => service.stop());
    return service;
  };
}

/** Like Promise.all, but waits for all to settle before it throws: what is still starting could not be stopped else. */
async function allOrNone<T extends readonly unknown[]>(promises: {
  readonly [K in keyof T]: Promise<T[K]>;
}): Promise<T> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
