/** Why Redis cannot take a job now, in words that an operator may be shown: never the server's own text. */

/**
 * In capitals, the first word of the server's answer; otherwise a word of our own. `certificate`: this process does not
 * trust the TLS certificate, or the server does not trust this process's. `unreachable`: no answer, or none in time.
 * `other`: look into the log.
 */
export const redisReasons = [
  ...(['READONLY', 'LOADING', 'MASTERDOWN', 'CLUSTERDOWN', 'NOREPLICAS', 'MISCONF', 'OOM'] as const),
  ...(['CROSSSLOT', 'MOVED', 'NOAUTH', 'WRONGPASS', 'NOPERM'] as const),
  ...(['certificate', 'unreachable', 'other'] as const),
] as const;

export type RedisReason = (typeof redisReasons)[number];

/** What to look at, for the log. */
export const redisHints: Readonly<Record<RedisReason, string>> = {
  READONLY: 'it is a replica: a failover is under way, or the settings name the wrong server',
  LOADING: 'it reads its data from disk after a start',
  MASTERDOWN: 'it is a replica that has lost its master',
  CLUSTERDOWN: 'the cluster lacks a master for some of its slots',
  NOREPLICAS: 'it has fewer replicas in step than min-replicas-to-write asks for',
  MISCONF: 'it cannot save to disk, and therefore refuses writes',
  OOM: 'its memory is full: raise maxmemory, or keep fewer jobs',
  CROSSSLOT: 'it is a node of a Redis Cluster: set REDIS_CLUSTER',
  MOVED: 'it is a node of a Redis Cluster: set REDIS_CLUSTER',
  NOAUTH: 'it wants a password, and REDIS_URL has none',
  WRONGPASS: 'it does not take the user and password of REDIS_URL',
  NOPERM: 'its user may not do all that is needed: see infra/redis/users.acl',
  certificate: 'its TLS certificate is not trusted: see REDIS_TLS_CA_FILE',
  unreachable: 'it does not answer',
  other: 'it answers with an error',
};

/** In a script's error, the word is not the first: `ERR Error running script …: -READONLY …`. */
const serverWord = new RegExp(`\\b(${redisReasons.filter((reason) => /^[A-Z]+$/.test(reason)).join('|')})\\b`);
const certificateCode = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS/;

interface ClientError {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly cause?: unknown;
  /** Of a cluster of which no node could be asked. */
  readonly lastNodeError?: unknown;
}

/** Far more than any client nests. */
const maxDepth = 4;

/** Looks through what clients wrap around the server's answer. */
export function redisReasonOf(error: unknown, depth = 0): RedisReason {
  if (typeof error !== 'object' || error === null || depth > maxDepth) return 'unreachable';
  const { name, message, code, cause, lastNodeError } = error as ClientError;
  const word = serverWord.exec(String(message))?.[1];
  if (word !== undefined) return word as RedisReason;
  if (typeof code === 'string' && certificateCode.test(code)) return 'certificate';
  const inner = lastNodeError ?? cause;
  if (inner !== undefined && inner !== null) return redisReasonOf(inner, depth + 1);
  return name === 'ReplyError' ? 'other' : 'unreachable';
}
