import { objectTooLarge } from './storage-errors.ts';

export interface ByteLimits {
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/**
 * Passes a stream on, up to `maxBytes`: then throws `image_too_large`. Throws the signal's reason as soon as it is
 * aborted, even while the source keeps silent.
 */
export async function* cappedBytes(
  source: AsyncIterable<Uint8Array>,
  { maxBytes, signal }: ByteLimits,
): AsyncGenerator<Uint8Array, void> {
  const iterator = source[Symbol.asyncIterator]();
  let bytes = 0;
  let isDone = false;
  try {
    while (!isDone) {
      const next = await unlessAborted(iterator.next(), signal);
      isDone = next.done === true;
      if (next.done === true) break;
      bytes += next.value.byteLength;
      if (bytes > maxBytes) throw objectTooLarge(maxBytes);
      yield next.value;
    }
  } finally {
    // Not awaited: a source that keeps silent would not answer this either.
    if (!isDone) iterator.return?.().catch(() => undefined);
  }
}

/** Reads a stream whole, with the same limits. */
export async function readCapped(source: AsyncIterable<Uint8Array>, limits: ByteLimits): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of cappedBytes(source, limits)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- a signal's reason is what is thrown
    abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([aborted, work]);
  } finally {
    signal.removeEventListener('abort', abort);
    // If it lost the race, nobody listens to it any more.
    work.catch(() => undefined);
  }
}
