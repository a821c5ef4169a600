import { AppError } from '@m2fp/contract';
import { withDeadline } from '@m2fp/service/deadline';
import type { ObjectFacts } from '@m2fp/storage';
import type { Context } from 'hono';
import type { Release } from '../access/shares.ts';
import type { ApiDeps } from '../deps.ts';
import { callerOf } from '../http/context.ts';
import type { ApiEnv } from '../http/context.ts';
import { chain, readHead } from './photo-upload.ts';

type FileDeps = Pick<ApiDeps, 'storage' | 'settings' | 'shares' | 'keyChanges'>;

/** An object that is being sent. */
export interface OpenFile extends ObjectFacts {
  readonly body: ReadableStream<Uint8Array>;
}

/**
 * A file of a job as a stream, one of the caller's downloads until it has been sent, the client hangs up or its key is
 * not valid anymore. Throws `expired` if it is gone, `storage_unavailable`, `rate_limited` and `overloaded`.
 * @param look sees the first bytes before anything is sent; what it throws is thrown
 */
export async function openFile(
  key: string,
  context: Context<ApiEnv>,
  { storage, settings, shares, keyChanges }: FileDeps,
  look?: (head: Uint8Array, bytes: number) => void,
): Promise<OpenFile> {
  const caller = callerOf(context);
  const place = shares.take('downloads', caller);
  const watch = keyChanges.watch(caller.keyId);
  const signal = AbortSignal.any([context.req.raw.signal, watch.signal]);
  const release = (): void => {
    watch.end();
    place();
  };
  try {
    const { body, ...facts } = await readingFile(settings.storageTimeoutMs, () => storage.getStream(key, { signal }));
    const checked = look === undefined ? body : await lookedAt(body, (head) => look(head, facts.bytes));
    return { ...facts, body: sending(checked, signal, release) };
  } catch (error) {
    release();
    throw error;
  }
}

/** The same stream, after a look at its first bytes; it ends if that throws. */
async function lookedAt(
  body: AsyncIterable<Uint8Array>,
  look: (head: Uint8Array) => void,
): Promise<AsyncIterable<Uint8Array>> {
  const chunks = body[Symbol.asyncIterator]();
  try {
    const head = await readHead(chunks);
    look(head);
    return chain(head, chunks);
  } catch (error) {
    await chunks.return?.();
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
