/**
 * Liveness is progress, not a ping: after an outage of Redis a BullMQ worker can sit there connected and silent. It is
 * stuck when for too long there was work that it could have done (a waiting job, or one it has begun) and nothing moved.
 * While Redis does not answer it is not stuck: another process would fare no better.
 */

export interface LivenessState {
  /** Jobs that wait; undefined while Redis does not answer. */
  readonly waiting: number | undefined;
  /** Jobs that this worker has begun. */
  readonly active: number;
  /** When one of these last moved. */
  readonly movedAt: number;
}

export interface Liveness {
  /** Looks at the state of things. To be called now and then. */
  look(state: LivenessState): void;
  isStuck(): boolean;
}

export interface LivenessSettings {
  /** With jobs waiting and none begun, ms. */
  readonly idleLimitMs: number;
  /** The longest that a begun job can rightly take from one step to the next, ms. */
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
