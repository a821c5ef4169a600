/**
 * Whether jobs make progress. Liveness is progress, not a ping: after a Redis outage, a BullMQ worker can be connected
 * and silent. It is stuck if for too long there was work that it could have done (a waiting job, or one that it has
 * started) and nothing moved. While Redis does not answer, it is not stuck: another process would fare no better.
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
  /** Jobs that this worker is running. */
  readonly active: number;
  /** When one of these last moved. */
  readonly movedAt: number;
}

export interface Liveness {
  /** Takes note of the current state. To be called periodically. */
  look(state: LivenessState): void;
  isStuck(): boolean;
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
  let isStuck = false;
  return {
    look({ waiting, active, movedAt }) {
      const hasNothingToDo = waiting === undefined || (waiting === 0 && active === 0);
      wellAt = hasNothingToDo ? now() : Math.max(wellAt, movedAt);
      const limitMs = active > 0 ? settings.busyLimitMs : settings.idleLimitMs;
      isStuck = now() - wellAt > limitMs;
    },
    isStuck: () => isStuck,
  };
}
