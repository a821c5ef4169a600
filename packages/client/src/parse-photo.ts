import type { components } from './api-schema.generated.ts';
import { pause } from './connection.ts';
import type { Send } from './connection.ts';
import { isPassing, M2fpError } from './problem.ts';
import { waitForJob } from './wait-for-job.ts';
import type { Job, WaitOptions } from './wait-for-job.ts';

type Body = components['schemas']['CreateJob'];

export interface ParseOptions extends WaitOptions {
  readonly options?: Body['options'];
  readonly output?: Body['output'];
  readonly metadata?: Body['metadata'];
  /** The photo's file name. */
  readonly name?: string;
}

export type SucceededJob = Job & { readonly result: NonNullable<Job['result']> };

const longestPauseMs = 10_000;

/**
 * Sends a photo and waits for its result. What fails for a passing reason is sent again under the same idempotency key,
 * so that there is one job whatever happens on the way. Throws `M2fpError`, also where the job fails or is canceled.
 */
export async function parsePhoto(
  send: Send,
  photo: Blob | Uint8Array<ArrayBuffer>,
  call: ParseOptions = {},
): Promise<SucceededJob> {
  const created = await createJob(send, photo, call);
  const job = await waitForJob(send, created.id, call);
  if (job.status === 'succeeded' && job.result !== undefined) return job as SucceededJob;
  throw new M2fpError(job.error?.code ?? 'canceled', job.error?.message ?? 'The job was canceled.');
}

async function createJob(send: Send, photo: Blob | Uint8Array<ArrayBuffer>, call: ParseOptions): Promise<Job> {
  const { options, output, metadata, name = 'photo', signal } = call;
  const headers = { 'Idempotency-Key': crypto.randomUUID() };
  for (let pauseMs = 500; ; pauseMs = Math.min(longestPauseMs, pauseMs * 2)) {
    const form = new FormData();
    for (const [field, value] of Object.entries({ options, output, metadata })) {
      if (value !== undefined) form.set(field, JSON.stringify(value));
    }
    form.set('image', photo instanceof Blob ? photo : new Blob([photo]), name);
    try {
      const init = { method: 'POST', body: form, headers, ...(signal ? { signal } : {}) };
      return (await (await send('/v1/jobs', init)).json()) as Job;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isPassing(error)) throw error;
      await pause(Math.max(pauseMs, error.retryAfterMs ?? 0), signal);
    }
  }
}
