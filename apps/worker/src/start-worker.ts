import { createS3Storage, type ObjectStorage } from '@m2fp/storage';
import { createTracing } from '@m2fp/service/tracing';
import { createActivity, type Activity } from './activity.ts';
import { createBacklog, type Backlog } from './backlog.ts';
import { watchCancels } from './cancel-watch.ts';
import type { WorkerConfig } from './config.ts';
import { watchEventLoop, type EventLoopWatch } from './event-loop.ts';
import { startHealthServer, type HealthSources } from './health.ts';
import { ParserPool, type PoolEvents } from './inference/pool.ts';
import { createLiveness, type LivenessState } from './liveness.ts';
import type { Logger } from './logging.ts';
import { createWorkerMetrics, type WorkerMetrics } from './metrics.ts';
import { createProcessor } from './processor.ts';
import { createQueueWorker, type QueueWorker } from './queue-worker.ts';
import { stopInOrder } from './shutdown.ts';
import type { StopReason } from './stop-reason.ts';

export interface RunningWorker {
  readonly healthUrl: string;
  /** Takes no more jobs, finishes or hands back those in hand, ends everything. Resolves to whether that went well. */
  stop(): Promise<boolean>;
  /** Ends the parser processes at once, for an exit that cannot wait. */
  killParsers(): void;
}

export interface StartOptions {
  readonly log: Logger;
  /** The `ParserModule` that parser processes run. Default: the one that runs the configured model. */
  readonly parserModule?: URL;
}

const modelParser = new URL('./inference/model-parser.ts', import.meta.url);
const graceMs = 5_000;
const answerMs = 2_000;

/** Puts a worker together and lets it take jobs. Redis need not be there yet. Throws where the health port is taken. */
export async function startWorker(config: WorkerConfig, options: StartOptions): Promise<RunningWorker> {
  const { log } = options;
  const eventLoop = watchEventLoop();
  const tracing = await createTracing('m2fp-worker', config.isTraced);
  const activity = createActivity();
  const storage = createS3Storage(config.storage);
  const pool = createPool(config, options.parserModule ?? modelParser, log);
  const cancels = watchCancels(config.queue, log);
  const backlog = createBacklog(config, log);
  const metrics = createWorkerMetrics({
    jobs: () => activity,
    parsers: () => pool.stats(),
    queues: async () => [await backlog.counts()],
  });
  const worker = createQueueWorker(
    config,
    createProcessor({ storage, pool, limits: config.limits, activity, cancels, tracing, metrics, log }),
    log,
  );
  const liveness = watchLiveness(config, async () => ({
    waiting: await backlog.waiting(),
    active: activity.active,
    movedAt: activity.movedAt,
  }));
  const state = { isStopping: false };
  const health = await startHealthServer(
    config.health,
    healthSources({ state, liveness, backlog, storage, eventLoop, activity, pool, metrics }),
  );
  run(worker, log);
  log.info({ health: health.url, concurrency: config.queue.concurrency }, 'worker started');

  return {
    healthUrl: health.url,
    killParsers: () => void pool.close(),
    stop: async () => {
      state.isStopping = true;
      const steps = {
        closeQueue: () => worker.close(),
        handBack: () => worker.cancelAllJobs('handed-back' satisfies StopReason),
        hasJobs: () => activity.active > 0,
        disposers: [
          () => pool.close(),
          () => cancels.close(),
          () => liveness.stop(),
          () => backlog.close(),
          () => health.close(),
          () => storage.close(),
          () => eventLoop.stop(),
          () => tracing.stop(),
        ],
      };
      return stopInOrder(steps, { drainMs: config.shutdownTimeoutMs, graceMs }, log);
    },
  };
}

interface HealthParts {
  readonly state: { readonly isStopping: boolean };
  readonly liveness: { isStuck(): boolean };
  readonly backlog: Backlog;
  readonly storage: Pick<ObjectStorage, 'ping'>;
  readonly eventLoop: EventLoopWatch;
  readonly activity: Activity;
  readonly pool: ParserPool;
  readonly metrics: WorkerMetrics;
}

function healthSources(parts: HealthParts): HealthSources {
  const { state, liveness, backlog, storage, eventLoop, activity, pool, metrics } = parts;
  const storageAnswers = (): Promise<boolean> =>
    storage.ping({ signal: AbortSignal.timeout(answerMs) }).then(
      () => true,
      () => false,
    );
  return {
    isAlive: () => state.isStopping || !liveness.isStuck(),
    whatIsMissing: async () => {
      const [waiting, hasStorage] = await Promise.all([backlog.waiting(), storageAnswers()]);
      return [
        ...(state.isStopping ? ['worker'] : []),
        ...(waiting === undefined ? ['redis'] : []),
        ...(hasStorage ? [] : ['storage']),
      ];
    },
    stats: async () => ({
      uptimeS: Math.round(process.uptime()),
      rssBytes: process.memoryUsage.rss(),
      eventLoopDelayMs: eventLoop.read(),
      jobs: { active: activity.active, ...activity.counts },
      parsers: await pool.stats(),
    }),
    metrics: () => metrics.render(),
    resetStats: () => eventLoop.reset(),
  };
}

function createPool(config: WorkerConfig, parserModule: URL, log: Logger): ParserPool {
  const { environment, ...settings } = config.parsers;
  const events: PoolEvents = {
    onStarted: (pid, loadMs) => log.info({ parser: pid, loadMs: Math.round(loadMs) }, 'parser process started'),
    onEnded: (pid, why, how) => log[why === 'lost' ? 'warn' : 'info']({ parser: pid, how }, `parser process ${why}`),
    onOutput: (pid, line) => log.warn({ parser: pid, line }, 'parser process output'),
  };
  return new ParserPool({ ...settings, process: { moduleUrl: parserModule.href, environment } }, events);
}

function watchLiveness(config: WorkerConfig, state: () => Promise<LivenessState>) {
  const { livenessTimeoutMs } = config.health;
  const { jobTimeoutMs, s3TimeoutMs } = config.limits;
  const liveness = createLiveness({
    idleLimitMs: livenessTimeoutMs,
    busyLimitMs: livenessTimeoutMs + config.parsers.loadTimeoutMs + jobTimeoutMs + 2 * s3TimeoutMs,
  });
  const timer = setInterval(
    () => void state().then((now) => liveness.look(now)),
    Math.min(5_000, livenessTimeoutMs / 4),
  );
  return { isStuck: () => liveness.isStuck(), stop: () => clearInterval(timer) };
}

function run(worker: QueueWorker, log: Logger): void {
  worker.run().catch((error: unknown) => log.error({ err: error }, 'the queue worker ended'));
}
