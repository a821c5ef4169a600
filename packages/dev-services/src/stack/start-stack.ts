import { once } from 'node:events';
import getPort from 'get-port';
import { usableCacheDir } from '../cache-dir.ts';
import { readEnvironment, readInvocation } from '../config.ts';
import { type ManagedProcess, startProcess } from '../processes/managed-process.ts';
import { startRedis } from '../redis/start-redis.ts';
import { startS3 } from '../s3/start-s3.ts';
import {
  type Application,
  applications,
  mallocSettings,
  nodeFlags,
  serviceEnvironment,
  startArguments,
} from './applications.ts';
import { absoluteModel, chooseApiPort, ensureModel, type ModelSettings, waitUntilReady } from './readiness.ts';

export {
  type Application,
  applications,
  mallocSettings,
  nodeFlags,
  serviceEnvironment,
  startArguments,
} from './applications.ts';
export { instructions, redisLine } from './instructions.ts';
export { absoluteModel } from './readiness.ts';

export interface StackSettings {
  /** A model's name, or its bundle's folder as the user typed it. */
  readonly model: string;
  /** Further models, each with a worker of its own. */
  readonly moreModels?: readonly string[];
  /** The API's port. Default: the first free one from 5000 on. */
  readonly port?: number | undefined;
  /** What the applications log, if LOG_LEVEL does not say it. Default: `info`. */
  readonly logLevel?: string;
  /** Restart an application when its source changes. */
  readonly watch?: boolean;
  /** Arguments for an application's node, before the program. */
  readonly nodeArguments?: (application: Application) => readonly string[];
  /** Overrides everything else in an application's environment. */
  readonly overrides?: (application: Application) => NodeJS.ProcessEnv;
  /** Aborts the start and stops everything started so far. */
  readonly signal: AbortSignal;
  readonly onStep?: (message: string) => void;
  /** Called as soon as the API answers, with its address; the workers may not be ready then. */
  readonly onPage?: (apiUrl: string) => void;
  readonly onLine?: (application: Application, line: string) => void;
}

/** The whole service on this machine: Redis, S3, the API, a worker and a dispatcher. */
export interface Stack {
  readonly apiUrl: string;
  readonly workerHealthUrl: string;
  /** Its Redis, and the prefix of its keys there. */
  readonly redisUrl: string;
  readonly queuePrefix: string;
  readonly processes: Readonly<Record<Application, ManagedProcess>>;
  /** Resolves when an application ends on its own, with its last output. */
  readonly failure: Promise<Error>;
  /** Resolves when `signal` aborts. Throws if an application ends on its own. */
  stayUp(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** Resolves when the API, the worker and the dispatcher are ready. If it throws, nothing is left running. */
export async function startStack(settings: StackSettings): Promise<Stack> {
  const started = new Started();
  try {
    return await start(settings, started);
  } catch (error) {
    await started.stop();
    throw error;
  }
}

async function start(settings: StackSettings, started: Started): Promise<Stack> {
  const { signal, onStep = () => undefined } = settings;
  const env = readEnvironment();
  const { workingDir } = readInvocation();
  const [model = '', ...moreModels] = await Promise.all(
    [settings.model, ...(settings.moreModels ?? [])].map((each) => absoluteModel(each, workingDir)),
  );
  const cacheDir = await usableCacheDir(env.M2FP_CACHE_DIR);
  const [redis, s3] = await allOrNone([
    startRedis({ cacheDir, onStep }).then((service) => started.add(service)),
    startS3().then((service) => started.add(service)),
    ensureModels([model, ...moreModels], { cacheDir, signal, onStep }),
  ]);
  signal.throwIfAborted();
  onStep(`Redis: ${redis.origin} · S3: ${s3.origin}`);
  const { QUEUE_PREFIX: queuePrefix, LOG_LEVEL: logLevel = settings.logLevel } = env;
  const environment = serviceEnvironment({ redis, s3, model, cacheDir, queuePrefix, logLevel });
  for (let attempt = 1; ; attempt++) {
    const applications = started.add(new Started());
    try {
      const running = await startApplications({ ...settings, moreModels }, environment, applications);
      return { ...running, stop: () => started.stop() };
    } catch (error) {
      await applications.stop();
      const isTaken = settings.port === undefined && String(error).includes('EADDRINUSE');
      if (!isTaken || attempt >= portTries) throw error;
    }
  }
}

/** Someone else may take a free port before an application does. */
const portTries = 3;

/** One after the other: building one takes a machine's memory. */
async function ensureModels(models: readonly string[], parts: Omit<ModelSettings, 'model'>): Promise<void> {
  for (const model of models) await ensureModel({ ...parts, model });
}

async function startApplications(
  settings: StackSettings,
  shared: NodeJS.ProcessEnv,
  started: Started,
): Promise<Omit<Stack, 'stop'>> {
  const port = await chooseApiPort(settings.port);
  const healthPort = await getPort({ host: '127.0.0.1' });
  const dispatcherPort = await getPort({ host: '127.0.0.1', exclude: [healthPort] });
  const { watch = false, nodeArguments = () => [], onLine, moreModels = [] } = settings;
  const run = async (name: Application, ports: NodeJS.ProcessEnv): Promise<ManagedProcess> => {
    const flags = [...nodeArguments(name), ...nodeFlags[name]];
    const program = applications[name];
    // A bundle would not notice that a source has changed.
    const args = watch ? ['--watch', '--watch-preserve-output', ...flags, program] : startArguments(flags, program);
    const env = { ...mallocSettings[name], ...shared, ...ports, ...settings.overrides?.(name) };
    return started.add(await startProcess(process.execPath, args, { env, onLine: (line) => onLine?.(name, line) }));
  };
  const api = await run('api', { PORT: String(port) });
  const worker = await run('worker', { HEALTH_PORT: String(healthPort) });
  const dispatcher = await run('dispatcher', { HEALTH_PORT: String(dispatcherPort) });
  const processes = { api, worker, dispatcher };
  const taken = [healthPort, dispatcherPort];
  const running: [name: string, process: ManagedProcess][] = Object.entries(processes);
  for (const model of moreModels) {
    const another = await getPort({ host: '127.0.0.1', exclude: taken });
    taken.push(another);
    running.push([`worker of ${model}`, await run('worker', { HEALTH_PORT: String(another), MODEL: model })]);
  }

  const failure = Promise.race(running.map(([name, each]) => unexpectedEnd(name, each)));
  const failed = new AbortController();
  void failure.then((error) => !started.stopping && failed.abort(error));

  const signal = AbortSignal.any([settings.signal, failed.signal]);
  const apiUrl = `http://127.0.0.1:${port}`;
  const workerHealthUrl = `http://127.0.0.1:${healthPort}`;
  await waitUntilReady(`${apiUrl}/readyz`, signal);
  settings.onPage?.(apiUrl);
  for (const taking of taken) await waitUntilReady(`http://127.0.0.1:${taking}/readyz`, signal);
  // Where one has ended, someone else may have answered.
  signal.throwIfAborted();
  const { REDIS_URL: redisUrl = '', QUEUE_PREFIX: queuePrefix = '' } = shared;
  return {
    ...{ apiUrl, workerHealthUrl, redisUrl, queuePrefix, processes, failure },
    stayUp: (until) => stayUp(until, failure),
  };
}

async function stayUp(signal: AbortSignal, failure: Promise<Error>): Promise<void> {
  const aborted = once(signal, 'abort').then(() => undefined);
  const failed = signal.aborted ? undefined : await Promise.race([failure, aborted]);
  if (failed !== undefined) throw failed;
}

async function unexpectedEnd(name: string, running: ManagedProcess): Promise<Error> {
  const { code, signal } = await running.exited;
  const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
  return new Error(`The ${name} ended ${how}. Its last output:\n${running.recentOutput()}`);
}

/** What runs, to be stopped in reverse order. */
class Started {
  readonly #services: { stop(): Promise<void> }[] = [];
  #stopping: Promise<void> | undefined;

  get stopping(): boolean {
    return this.#stopping !== undefined;
  }

  add<T extends { stop(): Promise<void> }>(service: T): T {
    this.#services.push(service);
    return service;
  }

  /** Stops all, whatever fails; throws the first failure at the end. Idempotent. */
  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  async #stop(): Promise<void> {
    const failures: unknown[] = [];
    for (const service of this.#services.reverse()) {
      await service.stop().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}

/** Like Promise.all, but waits for all to settle before it throws: what is still starting could not be stopped. */
async function allOrNone<T extends readonly unknown[]>(promises: {
  readonly [K in keyof T]: Promise<T[K]>;
}): Promise<T> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}
