/** A process's connections to Redis: opened in one way, watched together, and led to another server together. */
import type { Redis, RedisOptions } from 'ioredis';
import type { Logger } from '../logger/logger.ts';
import { createClient, type RedisServers, type WhileDown } from './client.ts';
import { redisHints, redisReasonOf } from './reasons.ts';
import { RedisWatch, watchAnswerMs } from './watch.ts';

export interface RedisConnectionsSettings extends RedisServers {
  /** Of the queue's keys. */
  readonly prefix: string;
}

/** Opened under these names, a second connection is: BullMQ's for reading. */
type Overrides = Pick<RedisOptions, 'connectionName'> & { readonly redisOptions?: RedisOptions };

export class RedisConnections {
  readonly #settings: RedisConnectionsSettings;
  /** Open connections → when each began its latest attempt to connect, ms. */
  readonly #begunAt = new Map<Redis, number>();
  readonly #watch: RedisWatch;

  /** @param log records when Redis goes down and why, and when it is back */
  constructor(settings: RedisConnectionsSettings, log: Logger | undefined) {
    this.#settings = settings;
    this.#watch = new RedisWatch({
      connection: createClient(settings, { whileDown: 'probe', answerMs: watchAnswerMs }),
      prefix: settings.prefix,
      log,
      onFound: (since) => this.#reconnectOlderThan(since),
    });
  }

  /**
   * A connection that reconnects on its own, forever. The caller closes it. With the policy `wait` it can be BullMQ's,
   * which opens others like it for its blocking reads.
   * @param name as `CLIENT LIST` shows it
   */
  open(policy: WhileDown, name?: string): Redis {
    const connection = createClient(this.#settings, policy, name);
    // The watch logs that Redis is down, once for all; without a listener here, errors would be thrown.
    connection.on('error', () => undefined);
    const note = (): void => void this.#begunAt.set(connection, performance.now());
    note();
    connection.on('connecting', note);
    connection.on('end', () => this.#begunAt.delete(connection));
    if (policy.whileDown !== 'wait') return connection;
    // A cluster's client has these options one level deeper.
    const duplicate = (first?: Overrides, second?: Overrides): Redis =>
      this.open(policy, second?.redisOptions?.connectionName ?? first?.connectionName);
    return Object.assign(connection, { duplicate });
  }

  /** Whether Redis takes writes, and if not, why: see `RedisWatch`. */
  get watch(): Pick<RedisWatch, 'state' | 'assertWritable'> {
    return this.#watch;
  }

  /** Ends the watch. The connections are for those to close who opened them. */
  close(): Promise<void> {
    return this.#watch.stop();
  }

  #reconnectOlderThan(since: number): void {
    for (const [connection, begunAt] of this.#begunAt) {
      const isUp = ['connecting', 'connect', 'ready'].includes(connection.status);
      if (isUp && begunAt < since) connection.disconnect(true);
    }
  }
}

/**
 * A connection for a single command of the command line. Throws an Error that names the servers, never a password, if
 * there is none within `timeoutMs`.
 */
export async function connectOnce(servers: RedisServers, timeoutMs: number): Promise<Redis> {
  const connection = createClient(servers, { whileDown: 'probe', answerMs: timeoutMs });
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  connection.once('ready', () => resolve());
  connection.on('error', reject);
  const timer = setTimeout(() => reject(new Error('There was no answer in time.')), timeoutMs);
  try {
    await ready;
    return connection;
  } catch (cause) {
    connection.disconnect();
    const why = redisHints[redisReasonOf(cause)];
    const hint = 'Set REDIS_URL, REDIS_SENTINELS and REDIS_CLUSTER as for the API.';
    throw new Error(`Redis cannot be used at ${placesOf(servers)}: ${why}. ${hint}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

function placesOf({ url, sentinels, cluster }: RedisServers): string {
  const { hostname, port } = new URL(url);
  const addresses = sentinels?.addresses ?? cluster ?? [{ host: hostname, port: port || 6379 }];
  return addresses.map((address) => `${address.host}:${address.port}`).join(', ');
}

/** Ends the connection, with a QUIT if it is up. Never hangs and never throws. */
export async function disconnectRedis(connection: Redis): Promise<void> {
  if (connection.status === 'ready') await connection.quit().catch(() => undefined);
  connection.disconnect();
}
