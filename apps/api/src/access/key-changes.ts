/** Ends what an API key has open in this process once the key is revoked or has expired. */
import { AppError } from '@m2fp/contract';
import type { KeyRecord } from '@m2fp/queue/access';
import { isValid } from '@m2fp/queue/access';
import type { Redis } from 'ioredis';
import type { Caller } from './caller.ts';

/** Something that is open on behalf of a key. */
export interface KeyWatch {
  /** Aborted once the key is not valid anymore. */
  readonly signal: AbortSignal;
  /** To be called when it is closed. */
  readonly end: () => void;
}

export interface KeyChanges {
  /** @param keyId undefined for a caller without a key, whose right does not end */
  watch(keyId: string | undefined): KeyWatch;
}

export interface KeyChangesParts {
  /** Rejects while Redis does not answer; then what is open stays open. */
  readonly find: (keyId: string) => Promise<KeyRecord | undefined>;
  /** Dedicated to channels; the caller closes it. */
  readonly subscriber: Pick<Redis, 'on' | 'subscribe'>;
  /** On which ids of changed keys are published. */
  readonly channel: string;
}

/** For keys that expire, and for what the channel loses. */
const lookIntervalMs = 1_000;

/**
 * Looks at each key once however much it has open: when the channel names it, and every second. Nothing waits for that.
 */
export class WatchedKeys implements KeyChanges {
  readonly #find: KeyChangesParts['find'];
  readonly #open = new Map<string, Set<AbortController>>();
  readonly #timer: NodeJS.Timeout;

  constructor({ find, subscriber, channel }: KeyChangesParts) {
    this.#find = find;
    subscriber.on('message', (_channel, keyId) => void this.#look(keyId));
    // It is subscribed again on each connect; until it is, the timer does the work.
    subscriber.subscribe(channel).catch(() => undefined);
    this.#timer = setInterval(() => {
      for (const keyId of this.#open.keys()) void this.#look(keyId);
    }, lookIntervalMs).unref();
  }

  watch(keyId: string | undefined): KeyWatch {
    const controller = new AbortController();
    if (keyId === undefined) return { signal: controller.signal, end: () => undefined };
    const open = this.#open.get(keyId) ?? new Set();
    this.#open.set(keyId, open.add(controller));
    const end = (): void => {
      open.delete(controller);
      if (open.size === 0 && this.#open.get(keyId) === open) this.#open.delete(keyId);
    };
    return { signal: controller.signal, end };
  }

  close(): void {
    clearInterval(this.#timer);
  }

  async #look(keyId: string): Promise<void> {
    if (!this.#open.has(keyId)) return;
    try {
      const record = await this.#find(keyId);
      if (record !== undefined && isValid(record)) return;
    } catch {
      return;
    }
    for (const controller of this.#open.get(keyId) ?? []) controller.abort();
  }
}

/** Throws `unauthorized` as soon as the key is not valid anymore; work that heeds its signal is over by then. */
export async function whileKeyIsValid<T>(
  keyChanges: KeyChanges,
  { keyId }: Pick<Caller, 'keyId'>,
  hungUp: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const key = keyChanges.watch(keyId);
  try {
    const result = await work(AbortSignal.any([hungUp, key.signal]));
    key.signal.throwIfAborted();
    return result;
  } catch (error) {
    throw key.signal.aborted ? new AppError('unauthorized', 'The API key is no longer valid.') : error;
  } finally {
    key.end();
  }
}
