import { anonymousOwner, resultKeys } from '@m2fp/contract';
import type { JobData } from '@m2fp/contract';
import { removeResults } from '@m2fp/storage';
import type { ApiDeps } from '../deps.ts';
import { waitForJob } from './wait-for-job.ts';

/** A worker ends a canceled job within a second. */
const patienceMs = 10_000;

export interface Withdrawal {
  readonly id: string;
  readonly data: JobData;
  /** The job's photo came with the request and goes with it. */
  readonly isUpload: boolean;
}

/**
 * Takes a job back that nobody waits for any more, running or not: afterwards nothing of it is in Redis or S3. Never
 * throws; what an outage leaves behind is logged.
 */
export async function withdraw(
  { id, data, isUpload }: Withdrawal,
  deps: Pick<ApiDeps, 'queue' | 'changes' | 'storage' | 'settings' | 'log'>,
): Promise<void> {
  const { queue, storage, settings, log } = deps;
  const owner = data.owner ?? anonymousOwner;
  try {
    if (!(await queue.remove(id, owner))) {
      await queue.cancel(id, (started) => removeResults(started, storage, settings.storageTimeoutMs));
      await waitForJob(id, deps, { startMs: patienceMs, endMs: patienceMs, signal: new AbortController().signal });
      await queue.remove(id, owner);
    }
    // Its results too: it may have ended just before.
    const keys = [...(isUpload ? [data.input.key] : []), ...resultKeys(data)];
    await storage.remove(keys, { signal: AbortSignal.timeout(settings.storageTimeoutMs) });
  } catch (error) {
    log.warn({ err: error, jobId: id }, 'a job could not be withdrawn');
  }
}
