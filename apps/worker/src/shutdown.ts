import { endsWithin } from '@m2fp/service/lifecycle';
import type { Logger } from './logging.ts';

/** What stops a worker: no more jobs, finish or hand back, end processes and connections. */
export interface StopSteps {
  /** Stops the intake at once; resolves when every job in hand is put down. May never do so while Redis is away. */
  closeQueue(): Promise<unknown>;
  /** Calls off the jobs in hand, so that they wait for another worker. */
  handBack(): void;
  readonly hasJobs: () => boolean;
  /** Run after the queue, in this order, each whatever became of those before. */
  readonly disposers: readonly (() => Promise<unknown> | void)[];
}

export interface StopTimes {
  /** For jobs in hand to finish. */
  readonly drainMs: number;
  /** For Redis to take back what did not, and for each disposer. */
  readonly graceMs: number;
}

/** Resolves to whether everything ended in good order. Never takes longer than the times given. */
export async function stopInOrder(steps: StopSteps, times: StopTimes, log: Logger): Promise<boolean> {
  const closed = steps.closeQueue();
  let isClosed = await endsWithin(closed, steps.hasJobs() ? times.drainMs : times.graceMs, log);
  if (!isClosed && steps.hasJobs()) {
    log.warn('time is up: handing back the jobs in hand');
    steps.handBack();
    isClosed = await endsWithin(closed, times.graceMs, log);
  }
  // Without Redis the queue may never close, which is nothing to wait for once no job is in hand.
  let inOrder = isClosed || !steps.hasJobs();
  if (!inOrder) log.error('jobs in hand could not be put down; they are taken up when their locks have run out');
  for (const dispose of steps.disposers) {
    const done = await endsWithin((async () => dispose())(), times.graceMs, log);
    inOrder &&= done;
  }
  return inOrder;
}

/** The first SIGTERM or SIGINT stops in good order; the second does not wait. */
export function onStopSignals(
  emitter: Pick<NodeJS.Process, 'on'>,
  actions: { stop: (signal: string) => void; force: (signal: string) => void },
): void {
  let isStopping = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    emitter.on(signal, () => {
      if (isStopping) return actions.force(signal);
      isStopping = true;
      actions.stop(signal);
    });
  }
}
