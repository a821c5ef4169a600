export type JobCounts = Readonly<Record<'succeeded' | 'failed' | 'retried' | 'handedBack', number>>;

/** What this worker is doing and has done, for health, shutdown and figures. */
export interface Activity {
  readonly active: number;
  /** Since the worker started; `retried` and `handedBack` count attempts. */
  readonly counts: JobCounts;
  /** When something last moved: a job was taken up, got on or was put down; ms, by the given clock. */
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
