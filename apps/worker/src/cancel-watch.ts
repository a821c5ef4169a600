/**
 * Hears which of this worker's jobs are canceled. Whoever cancels sets a job's flag and then says its id on a channel.
 * A job is registered here before its flag is read, so one that is canceled while it starts is either read or heard.
 * What the channel loses while Redis is away is found by reading the flags of the running jobs every second.
 */
import { redisKeys } from '@m2fp/contract';
import { Redis } from 'ioredis';
import type { WorkerConfig } from './config.ts';
import type { Logger } from './logging.ts';
import { redisOptions } from './redis-options.ts';
import type { StopReason } from './stop-reason.ts';

export interface CancelWatch {
  /** Aborts with `canceled`. It is aborted already where the job was canceled before it began. */
  begin(jobId: string): Promise<AbortSignal>;
  end(jobId: string): void;
  close(): Promise<void>;
}

const readEveryMs = 1_000;
const answerMs = 1_000;

/** Never throws: while Redis is away, jobs run on. */
export function watchCancels(queue: WorkerConfig['queue'], log: Logger): CancelWatch {
  const keys = redisKeys(queue.prefix);
  const running = new Map<string, AbortController>();
  const { url, ...options } = redisOptions(queue.redisUrl);
  const reader = new Redis(url, {
    ...options,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    commandTimeout: answerMs,
  });
  // A subscriber says nothing for as long as nobody cancels: silence does not mean that its connection is dead.
  const subscriber = new Redis(url, { ...options, socketTimeout: 0, maxRetriesPerRequest: null });
  // That Redis is away is logged once, by whoever watches the backlog.
  for (const connection of [reader, subscriber]) connection.on('error', () => undefined);

  const cancel = (jobId: string): void => {
    const controller = running.get(jobId);
    if (!controller || controller.signal.aborted) return;
    log.info({ jobId }, 'job is to be canceled');
    controller.abort('canceled' satisfies StopReason);
  };
  const readFlags = async (jobIds: readonly string[]): Promise<void> => {
    if (jobIds.length === 0) return;
    try {
      const flags = await reader.mget(jobIds.map((jobId) => keys.cancelFlag(jobId)));
      for (const [index, jobId] of jobIds.entries()) if (flags[index] != null) cancel(jobId);
    } catch (error) {
      log.debug({ err: error }, 'cancel flags were not read');
    }
  };

  subscriber.on('message', (_channel, jobId) => cancel(jobId));
  subscriber.subscribe(keys.cancelChannel).catch((error: unknown) => log.debug({ err: error }, 'not subscribed'));
  const timer = setInterval(() => void readFlags([...running.keys()]), readEveryMs);

  return {
    async begin(jobId) {
      const controller = new AbortController();
      running.set(jobId, controller);
      await readFlags([jobId]);
      return controller.signal;
    },
    end: (jobId) => void running.delete(jobId),
    async close() {
      clearInterval(timer);
      for (const connection of [reader, subscriber]) connection.disconnect();
    },
  };
}
