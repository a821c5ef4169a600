import { AppError } from '@m2fp/contract';
import { withDeadline } from '@m2fp/service/deadline';
import type { Context } from 'hono';
import type { Release } from '../access/shares.ts';
import type { ApiDeps } from '../deps.ts';
import { callerOf } from '../http/context.ts';
import type { ApiEnv } from '../http/context.ts';

/**
 * A result file as a stream, one of the caller's downloads until it has been sent, the client hangs up or its key is
 * not valid anymore. Throws `expired` if it is gone, `storage_unavailable`, `rate_limited` and `overloaded`.
 */
export async function openFile(
  key: string,
  context: Context<ApiEnv>,
  { storage, settings, shares, keyChanges }: Pick<ApiDeps, 'storage' | 'settings' | 'shares' | 'keyChanges'>,
): Promise<{ bytes: number; body: ReadableStream<Uint8Array> }> {
  const caller = callerOf(context);
  const place = shares.take('downloads', caller);
  const watch = keyChanges.watch(caller.keyId);
  const signal = AbortSignal.any([context.req.raw.signal, watch.signal]);
  const release = (): void => {
    watch.end();
    place();
  };
  try {
    const { bytes, body } = await readingFile(settings.storageTimeoutMs, () => storage.getStream(key, { signal }));
    return { bytes, body: sending(body, signal, release) };
  } catch (error) {
    release();
    throw error;
  }
}

/** @param giveBack called when all was sent, reading failed, or the client hung up, even if nothing was read before */
export function sending(
  chunks: AsyncIterable<Uint8Array>,
  ended: AbortSignal,
  giveBack: Release,
): ReadableStream<Uint8Array> {
  const release = (): void => {
    // Node keeps a signal of several, and all that its listeners hold, for as long as it has any.
    ended.removeEventListener('abort', release);
    giveBack();
  };
  ended.addEventListener('abort', release, { once: true });
  if (ended.aborted) release();
  const iterator = chunks[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const next = await iterator.next();
          if (next.done !== true) return controller.enqueue(next.value);
          controller.close();
        } catch (error) {
          controller.error(error);
        }
        release();
      },
      async cancel() {
        release();
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

/** Reads from a result file within a deadline; storage errors get the codes that fit a result. */
export async function readingFile<T>(timeoutMs: number, read: (signal: AbortSignal) => Promise<T>): Promise<T> {
  try {
    return await withDeadline({ timeoutMs, code: 'storage_unavailable', message: 'S3 is too slow.' }, read);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'input_not_found')
      throw new AppError('expired', 'The file is no longer kept.', { cause: error });
    throw new AppError('storage_unavailable', 'The file cannot be read.', { cause: error });
  }
}
