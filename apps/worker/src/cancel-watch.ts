/**
 * Learns which of this worker's jobs are canceled, which were made with an API key that is revoked, and which somebody
 * follows. A cancel sets the job's flag and then publishes its id on a channel, and so does whoever begins to follow a
 * job; a revocation changes the key's record and then publishes the key's id. A job is registered here before all that
 * is read, so one that is canceled while it starts is either read or heard. What the channels lose while Redis is down
 * is made up for by reading again every second.
 */
import { cancelReasonOf, redisKeys } from '@m2fp/contract';
import { findRevoked } from '@m2fp/queue/revocation';
import type { Logger } from '@m2fp/service/logger';
import type { RedisConnections } from '@m2fp/service/redis';
import type { StopReason } from './parse-job.ts';

export interface CancelWatch {
  /**
   * Its signal aborts with a `CancelReason`, and is already aborted if there was one before the job began.
   */
  begin(jobId: string, job: JobOfInterest): Promise<AbortSignal>;
  end(jobId: string): void;
  close(): Promise<void>;
}

interface JobOfInterest {
  /** Of the API key that made it. */
  readonly keyId: string | undefined;
  /** Called as long as somebody follows it, at least once. */
  readonly onWatched: () => void;
}

interface RunningJob extends JobOfInterest {
  readonly controller: AbortController;
}

const readEveryMs = 1_000;
const answerMs = 1_000;

/** Never throws: while Redis is down, jobs keep running. */
export function watchCancels(connections: RedisConnections, prefix: string, log: Logger): CancelWatch {
  const keys = redisKeys(prefix);
  const running = new Map<string, RunningJob>();
  const reader = connections.open({ whileDown: 'fail', answerMs });
  const subscriber = connections.open({ whileDown: 'listen' });

  const stop = (jobId: string, reason: StopReason | undefined): void => {
    const job = running.get(jobId);
    if (reason === undefined || !job || job.controller.signal.aborted) return;
    log.info({ jobId, reason }, 'job is to be canceled');
    job.controller.abort(reason);
  };
  const readWatched = async (jobs: readonly (readonly [string, RunningJob])[]): Promise<void> => {
    const watched = await reader.mget(jobs.map(([jobId]) => keys.watched(jobId)));
    for (const [place, [, { onWatched }]] of jobs.entries()) if (watched[place] != null) onWatched();
  };
  /** Sent together: a job that begins waits for all of it. */
  const read = async (jobs: readonly (readonly [string, RunningJob])[]): Promise<void> => {
    if (jobs.length === 0) return;
    try {
      const [flags, revoked] = await Promise.all([
        reader.mget(jobs.map(([jobId]) => keys.cancelFlag(jobId))),
        findRevoked(
          reader,
          keys,
          jobs.flatMap(([, { keyId }]) => keyId ?? []),
        ),
        // Apart: a cancel gets through even where the worker's Redis user may not read these keys yet.
        readWatched(jobs).catch((error: unknown) => log.debug({ err: error }, 'watched jobs could not be read')),
      ]);
      for (const [place, [jobId, { keyId }]] of jobs.entries()) {
        stop(jobId, revoked.has(keyId ?? '') ? 'key-revoked' : cancelReasonOf(flags[place]));
      }
    } catch (error) {
      log.debug({ err: error }, 'cancel flags could not be read');
    }
  };

  subscriber.on('message', (channel, id) => {
    const isMeant = (job: readonly [string, RunningJob]): boolean =>
      channel === keys.cancelChannel ? job[0] === id : job[1].keyId === id;
    void read([...running].filter(isMeant));
  });
  subscriber
    .subscribe(keys.cancelChannel, keys.apiKeyChannel)
    .catch((error: unknown) => log.debug({ err: error }, 'not subscribed'));
  const timer = setInterval(() => void read([...running]), readEveryMs);

  return {
    async begin(jobId, interest) {
      const job = { controller: new AbortController(), ...interest };
      running.set(jobId, job);
      await read([[jobId, job]]);
      return job.controller.signal;
    },
    end: (jobId) => void running.delete(jobId),
    async close() {
      clearInterval(timer);
      for (const connection of [reader, subscriber]) connection.disconnect();
    },
  };
}
