/**
 * Learns which of this worker's jobs are canceled. A cancel sets the job's flag and then publishes its id on a channel.
 * A job is registered here before its flag is read, so one that is canceled while it starts is either read or heard.
 * What the channel loses while Redis is down is made up for by reading the flags of the running jobs every second.
 */
import { redisKeys } from '@m2fp/contract';
import type { Logger } from '@m2fp/service/logger';
import { connectRedis, connectSubscriber, redisOptions } from '@m2fp/service/redis';
import type { WorkerConfig } from './config.ts';
import type { StopReason } from './parse-job.ts';

export interface CancelWatch {
  /** Its signal aborts with `canceled`, and is already aborted if the job was canceled before it began. */
  begin(jobId: string): Promise<AbortSignal>;
  end(jobId: string): void;
  close(): Promise<void>;
}

const readEveryMs = 1_000;
const answerMs = 1_000;

/** Never throws: while Redis is down, jobs keep running. */
export function watchCancels({ url, prefix }: WorkerConfig['redis'], log: Logger): CancelWatch {
  const keys = redisKeys(prefix);
  const running = new Map<string, AbortController>();
  // The connection that watches the backlog logs that Redis is down.
  const reader = connectRedis(redisOptions(url, { whileDown: 'fail', answerMs }), undefined);
  const subscriber = connectSubscriber(url);

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
      log.debug({ err: error }, 'cancel flags could not be read');
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
