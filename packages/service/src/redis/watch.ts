/**
 * Finds out, once a second and on a connection of its own, whether Redis takes writes. It is the only connection that
 * knows for certain: a subscriber hears nothing and a blocking read waits, whether or not a server works behind
 * them. So when the watch had to connect again to find one that takes writes, all connections that are older than
 * its own do the same (see `RedisConnections`): what leaves TCP open, or is a host that does not even refuse, is left
 * behind by all within seconds.
 */
import { once } from 'node:events';
import { redisKeys } from '@m2fp/contract';
import type { Redis } from 'ioredis';
import { withDeadline } from '../deadline.ts';
import type { Logger } from '../logger/logger.ts';
import { repeatEvery, type Routine } from '../repeat.ts';
import { looksForServer } from './client.ts';
import { redisHints, redisReasonOf, type RedisReason } from './reasons.ts';

/** Redis does not take writes. */
class RedisNotWritable extends Error {
  readonly reason: RedisReason;

  constructor(reason: RedisReason, options: { cause?: unknown } = {}) {
    super(`Redis takes no writes (${reason}).`, options);
    this.name = 'RedisNotWritable';
    this.reason = reason;
  }
}

const everyMs = 1_000;
/** Less than the probes of a process wait for all that they check. */
export const watchAnswerMs = 1_500;
const lateness = { timeoutMs: watchAnswerMs, code: 'timeout', message: 'Redis did not answer in time.' } as const;
/** Seconds. */
const probeTtlS = 10;

/**
 * Rejects unless Redis takes a write: a replica and a server without memory answer reads only. Also rejects if it is a
 * node of a cluster and the keys of a queue are not in one slot.
 */
async function probe(connection: Redis, prefix: string, signal: AbortSignal): Promise<void> {
  const keys = redisKeys(prefix);
  // Sent before there is a server, commands would pile up for as long as no Sentinel answers.
  if (looksForServer(connection)) await once(connection, 'connect', { signal });
  // Sent together. Whichever node is asked, it refuses two keys of different slots.
  const [written, together] = await Promise.allSettled([
    connection.set(keys.probe, '1', 'EX', probeTtlS),
    connection.exists(keys.probe, keys.models),
  ]);
  const refused = [together, written]
    .filter((result) => result.status === 'rejected')
    .map(({ reason }) => reason as unknown);
  // The first refusal ends the connection, and with it whatever has no answer yet.
  if (refused.length > 0) throw refused.find(isReply) ?? refused[0];
}

/** With these, another connection may lead to a server that takes writes. */
const mayBeElsewhere: ReadonlySet<RedisReason> = new Set([
  ...(['READONLY', 'LOADING', 'MASTERDOWN', 'CLUSTERDOWN', 'NOREPLICAS', 'MISCONF', 'unreachable'] as const),
]);

/** The server's own. */
function isReply(error: unknown): boolean {
  return error instanceof Error && error.name === 'ReplyError';
}

/** By ourselves, in order to connect again: that says nothing new. */
function isCutOff(error: unknown): boolean {
  return error instanceof Error && /^(?:Connection is closed|Reached the max retries)/.test(error.message);
}

interface WatchParts {
  /** Of policy `probe`. */
  readonly connection: Redis;
  readonly prefix: string;
  readonly log: Logger | undefined;
  /** Redis takes writes on a connection that was begun at `since` (ms, `performance.now()`), after it took none. */
  readonly onFound: (since: number) => void;
}

export class RedisWatch {
  readonly #parts: WatchParts;
  readonly #routine: Routine;
  #state: RedisReason | undefined;
  #isDown = false;
  #begunAt = performance.now();
  #wellAt = performance.now();
  #lastError: Error | undefined;
  #looking: Promise<void> | undefined;

  constructor(parts: WatchParts) {
    this.#parts = parts;
    const { connection } = parts;
    connection.on('connecting', () => (this.#begunAt = performance.now()));
    connection.on('error', (error: Error) => (this.#lastError = error));
    connection.on('ready', () => (this.#lastError = undefined));
    this.#routine = repeatEvery(
      everyMs,
      () => this.look(),
      () => undefined,
    );
  }

  /** Why Redis took no writes when it was last asked; undefined if it did. */
  get state(): RedisReason | undefined {
    return this.#state;
  }

  /** Asks now. Rejects with `RedisNotWritable`. */
  async assertWritable(): Promise<void> {
    await this.look();
    if (this.#state !== undefined) throw new RedisNotWritable(this.#state);
  }

  async stop(): Promise<void> {
    const stopped = this.#routine.stop();
    this.#parts.connection.disconnect();
    await stopped;
  }

  /** Never rejects, and never runs twice at once. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
    return this.#looking;
  }

  async #look(): Promise<void> {
    const { connection, prefix } = this.#parts;
    try {
      // A cluster's client has no deadline of its own while it knows no node.
      await withDeadline(lateness, (signal) => probe(connection, prefix, signal));
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#state = undefined;
    if (this.#isDown) this.#parts.log?.info('Redis is back');
    if (this.#isDown && this.#begunAt > this.#wellAt) this.#parts.onFound(this.#begunAt);
    this.#isDown = false;
    this.#wellAt = performance.now();
  }

  #fail(error: unknown): void {
    const { connection, log } = this.#parts;
    // What the server said when the connection was refused tells more than that there is none.
    const cause = isReply(error) ? error : (this.#lastError ?? error);
    const reason = isCutOff(cause) && this.#state !== undefined ? this.#state : redisReasonOf(cause);
    if (!this.#isDown || this.#state !== reason) {
      log?.warn({ reason, how: redisHints[reason], err: cause }, 'Redis is down');
    }
    this.#state = reason;
    this.#isDown = true;
    const isOld = performance.now() - this.#begunAt > watchAnswerMs;
    // A search for the master goes on until it has found one.
    const isUp = !looksForServer(connection) && !['reconnecting', 'end', 'close'].includes(connection.status);
    if (mayBeElsewhere.has(reason) && isOld && isUp) connection.disconnect(true);
  }
}
