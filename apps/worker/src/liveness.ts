/**
 * Whether jobs make progress. Liveness is progress, not a ping: after a Redis outage, a BullMQ worker can be connected
 * and silent. It is stuck if for too long there was work that it could have done (a waiting job, or one that it has
 * started) and nothing moved, or if BullMQ has given up. While Redis does not answer, it is not stuck: another process
 * would fare no better.
 */

export type JobCounts = Readonly<Record<'succeeded' | 'failed' | 'retried' | 'handedBack', number>>;

/** What this worker is doing and has done, for probes, shutdown and figures. */
export interface Activity {
  readonly active: number;
  /** Since the worker started; `retried` and `handedBack` count attempts. */
  readonly counts: JobCounts;
  /** When something last moved: a job started, made progress or ended; ms, by the given clock. */
  readonly movedAt: number;
  begin(): void;
  progress(): void;
  count(outcome: keyof JobCounts): void;
  end(): void;
}

export function createActivity(now: () => number = () => performance.now()): Activity {
  const counts = { succeeded: 0, failed: 0, retried: 0, handedBack: 0 };
  let active = 0;
  let movedAt = now();
  const change = (by: number): void => {
    active += by;
    movedAt = now();
  };
  return {
    get active() {
      return active;
    },
    get movedAt() {
      return movedAt;
    },
    counts,
    begin: () => change(1),
    progress: () => change(0),
    count: (outcome) => {
      counts[outcome] += 1;
    },
    end: () => change(-1),
  };
}

export interface LivenessState {
  /** Jobs that wait; undefined while Redis does not answer. */
  readonly waiting: number | undefined;
  /** The queue is paused. */
  readonly isPaused?: boolean;
  /** Whether this worker takes jobs: not while its S3 is away, nor once BullMQ has given up. */
  readonly intake?: 'open' | 'paused' | 'ended';
  /** Jobs that this worker is running. */
  readonly active: number;
  /** When one of these last moved. */
  readonly movedAt: number;
}

/**
 * What a worker is doing. `jobs wait`: some do and it runs none, which is normal for moments only. `ended`: it will
 * take no more jobs, though nobody has told it to stop.
 */
export type WorkerState =
  'starting' | 'idle' | 'busy' | 'jobs wait' | 'paused' | 'waiting for Redis' | 'waiting for S3' | 'ended';

/** What `GET /healthz` answers. */
export interface WorkerHealth {
  readonly isStuck: boolean;
  readonly state: WorkerState;
  readonly active: number;
  /** Jobs of its queue that it could take; null if unknown. */
  readonly waiting: number | null;
  /** Seconds since a job last moved: was started, made progress or ended. */
  readonly quietS: number;
  /** Seconds for which there has been work and nothing moved. At which of these it is stuck depends on the state. */
  readonly blockedS: number;
}

export interface Liveness {
  /** Takes note of the current state. To be called periodically. */
  look(state: LivenessState): void;
  health(): WorkerHealth;
}

export interface LivenessSettings {
  /** With jobs waiting and none running, ms. */
  readonly idleLimitMs: number;
  /** The longest that a running job may take from one step to the next, ms. */
  readonly busyLimitMs: number;
  readonly now?: () => number;
}

export function createLiveness(settings: LivenessSettings): Liveness {
  const now = settings.now ?? (() => performance.now());
  let wellAt = now();
  let blockedMs = 0;
  let isStuck = false;
  let last: LivenessState | undefined;
  return {
    look(state) {
      const { waiting, active, movedAt } = state;
      last = state;
      const hasNothingToDo = waiting === undefined || (waiting === 0 && active === 0);
      wellAt = hasNothingToDo ? now() : Math.max(wellAt, movedAt);
      const limitMs = active > 0 ? settings.busyLimitMs : settings.idleLimitMs;
      blockedMs = now() - wellAt;
      isStuck = blockedMs > limitMs || state.intake === 'ended';
    },
    health: () => ({
      isStuck,
      state: stateOf(last),
      active: last?.active ?? 0,
      waiting: last?.waiting ?? null,
      quietS: last === undefined ? 0 : wholeSeconds(now() - last.movedAt),
      blockedS: wholeSeconds(blockedMs),
    }),
  };
}

function wholeSeconds(ms: number): number {
  return Math.max(0, Math.round(ms / 1_000));
}

function stateOf(last: LivenessState | undefined): WorkerState {
  if (last === undefined) return 'starting';
  const { waiting, isPaused = false, intake, active } = last;
  if (intake === 'ended') return 'ended';
  if (waiting === undefined) return 'waiting for Redis';
  if (active > 0) return 'busy';
  if (intake === 'paused') return 'waiting for S3';
  if (isPaused) return 'paused';
  return waiting > 0 ? 'jobs wait' : 'idle';
}
