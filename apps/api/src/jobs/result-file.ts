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
  const closing = new AbortController();
  const signal = AbortSignal.any([context.req.raw.signal, watch.signal, closing.signal]);
  const release = (): void => {
    watch.end();
    place();
    // What nobody reads any more must not keep its connection to S3: a generator that never began closes nothing.
    closing.abort();
  };
  try {
    const { body, head, ...facts } = await readingFile(settings.storageTimeoutMs, async () => {
      const opened = await storage.getStream(key, { signal });
      return look === undefined ? { ...opened, head: undefined } : { ...opened, ...(await withHead(opened.body)) };
    });
    if (head !== undefined) look?.(head, facts.bytes);
    return { ...facts, body: sending(body, signal, release) };
  } catch (error) {
    release();
    throw error;
  }
}

/** A stream's first bytes, and the same stream with all of its bytes. */
async function withHead(
  body: AsyncIterable<Uint8Array>,
): Promise<{ readonly head: Uint8Array; readonly body: AsyncIterable<Uint8Array> }> {
  const chunks = body[Symbol.asyncIterator]();
  const head = await readHead(chunks);
  return { head, body: chain(head, chunks) };
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
