/** One client of Redis, whatever it is served by: one server, a master that Sentinels name, or a cluster. */
import { Cluster, Redis, type ClusterOptions, type RedisOptions } from 'ioredis';

export interface RedisAddress {
  readonly host: string;
  readonly port: number;
}

/** How Redis is reached. */
export interface RedisServers {
  /** TLS or not, user, password and database; and where it is, unless one of the others says that. */
  readonly url: string;
  readonly sentinels?: RedisSentinels | undefined;
  /** Some of the nodes: they name the others. */
  readonly cluster?: readonly RedisAddress[] | undefined;
  readonly tls?: RedisTls | undefined;
}

export interface RedisSentinels {
  readonly addresses: readonly RedisAddress[];
  /** Of the master, as the Sentinels call it. */
  readonly name: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly isTls: boolean;
}

/** PEM texts. Without an authority, the system's are trusted. */
export interface RedisTls {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * What happens to commands while Redis is down. They `wait` for it to come back, as jobs do; or they `fail`
 * immediately, and none takes longer than `answerMs`: an HTTP client is better served by a 503 than by a second queue.
 * A `probe` fails as soon as one attempt to connect has failed.
 */
export type WhileDown =
  | { readonly whileDown: 'wait' }
  | { readonly whileDown: 'listen' }
  | { readonly whileDown: 'fail' | 'probe'; readonly answerMs: number };

/** Short enough that two attempts fit into 5 s: a server that is gone for good may not even refuse. */
const connectTimeoutMs = 3_000;
/** The first pause before reconnecting; each later one is longer by this much, up to the longest. */
const reconnectStepMs = 100;
const reconnectLongestMs = 1_000;
const sentinelAnswerMs = 1_000;
const slotsAnswerMs = 2_000;

/** @param name of the connection, as `CLIENT LIST` shows it */
export function createClient(servers: RedisServers, policy: WhileDown, name?: string): Redis {
  const options = { ...policyOptions(policy), ...(name === undefined ? {} : { connectionName: name }) };
  const { host, port, ...access } = endpointOf(servers);
  if (servers.cluster !== undefined) return clusterClient(servers.cluster, { ...access, ...options }, policy);
  const reconnecting = { ...access, ...options, ...createReconnecting(policy) };
  if (servers.sentinels === undefined) return endsQuietly(new Redis({ host, port, ...reconnecting }));
  return endsQuietly(new Redis({ ...sentinelOptions(servers.sentinels, tlsOptions(servers.tls)), ...reconnecting }));
}

/**
 * ioredis listens to one error of a stream. One that is ended in the middle of a TLS handshake has two: that it was
 * ended, and what the server has to say to that. The second would end the process. And a client told to reconnect while
 * it asks Sentinels for the master would end for good: it goes on asking, which leads to another server as well.
 */
function endsQuietly(client: Redis): Redis {
  const disconnect = client.disconnect.bind(client);
  return Object.assign(client, {
    disconnect(reconnect?: boolean) {
      if (reconnect === true && looksForServer(client)) return;
      // There is none before the first attempt.
      const stream = client.stream as typeof client.stream | undefined;
      stream?.on('error', () => undefined);
      disconnect(reconnect);
    },
  });
}

/** Whether it has no stream yet to any server: it asks Sentinels for the master. Never true of a cluster's client. */
export function looksForServer(client: Redis): boolean {
  const stream = client.stream as typeof client.stream | undefined;
  return client instanceof Redis && client.status === 'connecting' && stream?.destroyed !== false;
}

/** What a URL says. Parameters are left to the client's defaults, but for the IP version. */
function endpointOf({ url, tls }: RedisServers) {
  const { protocol, hostname, port, username, password, pathname, searchParams } = new URL(url);
  const family = searchParams.get('family');
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port || 6379),
    ...(username === '' ? {} : { username: decodeURIComponent(username) }),
    ...(password === '' ? {} : { password: decodeURIComponent(password) }),
    ...(pathname.length > 1 ? { db: Number(pathname.slice(1)) } : {}),
    ...(family === null ? {} : { family: Number(family) }),
    ...(protocol === 'rediss:' ? { tls: tlsOptions(tls) } : {}),
  };
}

function tlsOptions(tls: RedisTls | undefined) {
  return Object.fromEntries(Object.entries(tls ?? {}).filter(([, text]) => text !== undefined));
}

function sentinelOptions(sentinels: RedisSentinels, tls: object) {
  const { addresses, name, username, password, isTls } = sentinels;
  return {
    sentinels: addresses.map((address) => ({ ...address })),
    name,
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password }),
    ...(isTls ? { sentinelTLS: tls } : {}),
    // As far as there is TLS, which is what the URL says.
    enableTLSForSentinelMode: true,
    sentinelRetryStrategy: pauseMs,
    sentinelCommandTimeout: sentinelAnswerMs,
  } satisfies RedisOptions;
}

/**
 * A cluster's client finds its way by itself: after a failover, nodes answer where the slot is now. It has the commands
 * and events of a single server's client; nothing of ours or of BullMQ's that takes a `Redis` uses more than those.
 */
function clusterClient(
  nodes: readonly RedisAddress[],
  options: Omit<RedisOptions, 'replyMapping'>,
  { whileDown }: WhileDown,
): Redis {
  const { enableOfflineQueue = true, enableAutoPipelining = false, ...redisOptions } = options;
  const clusterOptions = {
    redisOptions,
    enableOfflineQueue,
    enableAutoPipelining,
    clusterRetryStrategy: pauseMs,
    // A probe is to be told CLUSTERDOWN, not to wait until that is over.
    ...(whileDown === 'probe' ? { enableReadyCheck: false, maxRedirections: 5 } : {}),
    slotsRefreshTimeout: slotsAnswerMs,
    // Names stay names: a certificate is for a name, not for the address behind it.
    dnsLookup: (name, callback) => callback(null, name),
  } satisfies ClusterOptions;
  const client = new Cluster(
    nodes.map((node) => ({ ...node })),
    clusterOptions,
  );
  client.on('+node', endsQuietly);
  return client as unknown as Redis;
}

/** Whether a client is one of `clusterClient`; then its `nodes` can be asked one by one. */
export function clusterNodes(client: Redis): readonly Redis[] {
  return (client as unknown) instanceof Cluster ? (client as unknown as Cluster).nodes('master') : [client];
}

function policyOptions(policy: WhileDown) {
  const common = { connectTimeout: connectTimeoutMs, keepAlive: 10_000 };
  switch (policy.whileDown) {
    case 'wait':
      // A connection that dies silently is noticed: nothing waits longer than BullMQ's 10 s blocking read.
      return { ...common, maxRetriesPerRequest: null, socketTimeout: 20_000 };
    case 'listen':
      // Its silence does not mean that it is dead.
      return { ...common, maxRetriesPerRequest: null };
    case 'fail':
      return { ...common, ...answersWithin(policy.answerMs), enableOfflineQueue: false, enableAutoPipelining: true };
    case 'probe':
      return { ...common, ...answersWithin(policy.answerMs) };
  }
}

function answersWithin(answerMs: number) {
  // Commands in flight when the connection breaks fail immediately, and are not sent again later.
  return { maxRetriesPerRequest: 0, commandTimeout: answerMs, socketTimeout: answerMs * 2 };
}

function pauseMs(attempt: number): number {
  return Math.min(attempt * reconnectStepMs, reconnectLongestMs);
}

/**
 * What a server answers that cannot do its work behind this connection: after a failover it has become a replica, or is
 * not up yet. Nothing closes the connection then; a new one finds whoever can. In a script's error the word may come
 * later. Not MISCONF, OOM and NOREPLICAS: such a server still answers reads, which reconnecting would disturb; the
 * watch finds out whether there is a better one.
 */
const isElsewhere = /(?:^|-)(?:READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|UNBLOCKED)\b/;

/**
 * A replica refuses a script's first write and a blocking read as a whole, so that nothing of either has happened.
 * Neither answer is ever given to a part of a transaction: there a script is queued, and a read does not block.
 */
const neverBegan = /READONLY|UNBLOCKED/;
const aloneCommands: ReadonlySet<string> = new Set(['eval', 'evalsha', 'bzpopmin', 'xread']);

/** How long after a refusal the next one counts as the same failover, ms. */
const sameFailoverMs = 10_000;

/**
 * Leaves a server that cannot work, and comes back at growing intervals even if each attempt to connect succeeds, as it
 * does as long as the address still leads to that server.
 */
function createReconnecting({ whileDown }: WhileDown) {
  let refusals = 0;
  let refusedAt = -Infinity;
  let isLeaving = false;
  const leave = (): void => {
    const now = performance.now();
    if (!isLeaving) refusals = now - refusedAt < sameFailoverMs ? refusals + 1 : 1;
    isLeaving = true;
    refusedAt = now;
  };
  return {
    reconnectOnError: (error: Error & { readonly command?: { readonly name: string } }): boolean | 2 => {
      if (!isElsewhere.test(error.message)) return false;
      leave();
      const isSentAgain = whileDown === 'wait' && neverBegan.test(error.message);
      // Otherwise the command fails: part of a transaction must not be sent again alone.
      return isSentAgain && aloneCommands.has(error.command?.name ?? '') ? 2 : true;
    },
    retryStrategy: (attempt: number): number => {
      isLeaving = false;
      return pauseMs(performance.now() - refusedAt < sameFailoverMs ? Math.max(attempt, refusals) : attempt);
    },
  };
}
