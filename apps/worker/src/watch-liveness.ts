/** Looks, every few seconds, at what this worker has to do and whether it does it: what `GET /healthz` answers from. */
import type { Disposers } from '@m2fp/service/lifecycle';
import type { Health } from '@m2fp/service/probes';
import type { Backlog } from './backlog.ts';
import type { WorkerConfig } from './config.ts';
import { createLiveness, type Activity, type LivenessState } from './liveness.ts';
import type { QueueWorker } from './queue-worker.ts';

interface WatchedParts {
  readonly backlog: Pick<Backlog, 'look'>;
  readonly activity: Pick<Activity, 'active' | 'movedAt'>;
  /** A worker that is told to stop takes no jobs, and is well. */
  readonly stopping: AbortSignal;
  readonly disposers: Disposers;
}

export interface WatchedLiveness {
  health(): Health;
  /** Once the worker runs. */
  begin(worker: Pick<QueueWorker, 'isRunning' | 'isPaused'>): void;
}

const longestLookMs = 5_000;

export function watchLiveness(
  { jobs, parsers, s3, inputUrlTimes }: WorkerConfig,
  parts: WatchedParts,
): WatchedLiveness {
  const { backlog, activity, stopping, disposers } = parts;
  const { livenessTimeoutMs, timeoutMs } = jobs;
  const liveness = createLiveness({
    idleLimitMs: livenessTimeoutMs,
    busyLimitMs: livenessTimeoutMs + parsers.loadTimeoutMs + timeoutMs + 2 * s3.timeoutMs + inputUrlTimes.timeoutMs,
  });
  return {
    health: () => (stopping.aborted ? { isStuck: false, state: 'stopping' } : { ...liveness.health() }),
    begin(worker) {
      const look = async (): Promise<void> => {
        const found = await backlog.look();
        const { active, movedAt } = activity;
        const intake = intakeOf(worker);
        liveness.look({ waiting: found?.waiting, isPaused: found?.isPaused ?? false, intake, active, movedAt });
      };
      void look();
      const timer = setInterval(() => void look(), Math.min(longestLookMs, livenessTimeoutMs / 4));
      disposers.defer('liveness', () => clearInterval(timer));
    },
  };
}

/** Only an outage of S3 pauses a worker; see `StorageOutage`. */
function intakeOf(worker: Pick<QueueWorker, 'isRunning' | 'isPaused'>): NonNullable<LivenessState['intake']> {
  if (worker.isPaused()) return 'paused';
  return worker.isRunning() ? 'open' : 'ended';
}
