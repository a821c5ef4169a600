/** What the variables of Redis mean together. */
import { defaultQueuePrefix } from '@m2fp/contract';
import type { RedisAddress, RedisServers } from '../redis/client.ts';

interface RedisVariables {
  readonly REDIS_URL: string;
  readonly REDIS_SENTINELS?: readonly RedisAddress[] | undefined;
  readonly REDIS_SENTINEL_NAME: string;
  readonly REDIS_SENTINEL_USERNAME?: string | undefined;
  readonly REDIS_SENTINEL_PASSWORD?: string | undefined;
  readonly REDIS_SENTINEL_TLS?: boolean | undefined;
  /** True: the server of `REDIS_URL` is one of its nodes. */
  readonly REDIS_CLUSTER: boolean | readonly RedisAddress[];
  /** PEM texts. */
  readonly REDIS_TLS_CA_FILE?: string | undefined;
  readonly REDIS_TLS_CERT_FILE?: string | undefined;
  readonly REDIS_TLS_KEY_FILE?: string | undefined;
  readonly QUEUE_PREFIX?: string | undefined;
}

/** As Redis finds it: what is between the first `{` and the next `}`, if that is anything at all. */
const hashTag = /^[^{]*\{[^}]+\}/;

/** Settings that contradict each other: the name of a variable, and what is wrong with it. */
export function redisFaults(env: RedisVariables): [keyof RedisVariables, string][] {
  const isCluster = env.REDIS_CLUSTER !== false;
  // What is wrong with the URL alone has its own message.
  const { protocol, pathname } = URL.parse(env.REDIS_URL) ?? {};
  if (pathname === undefined) return [];
  const isTls = protocol === 'rediss:' || env.REDIS_SENTINEL_TLS === true;
  const faults: [keyof RedisVariables, string, boolean][] = [
    ['REDIS_URL', 'must name a database by its number, or none', !/^\/?\d*$/.test(pathname)],
    ['REDIS_URL', 'names a database, and a Redis Cluster has only number 0', isCluster && !/^\/?0*$/.test(pathname)],
    ['REDIS_CLUSTER', 'is one too many: REDIS_SENTINELS is set too', isCluster && env.REDIS_SENTINELS !== undefined],
    [
      'QUEUE_PREFIX',
      'needs a part in braces, such as `{m2fp}`: a Redis Cluster keeps keys on one server only if they agree in it',
      isCluster && env.QUEUE_PREFIX !== undefined && !hashTag.test(env.QUEUE_PREFIX),
    ],
    [
      'REDIS_TLS_CERT_FILE',
      'is needed with REDIS_TLS_KEY_FILE',
      lacks(env.REDIS_TLS_CERT_FILE, env.REDIS_TLS_KEY_FILE),
    ],
    [
      'REDIS_TLS_KEY_FILE',
      'is needed with REDIS_TLS_CERT_FILE',
      lacks(env.REDIS_TLS_KEY_FILE, env.REDIS_TLS_CERT_FILE),
    ],
    [
      'REDIS_TLS_CA_FILE',
      'has no effect: REDIS_URL has to begin with rediss://',
      !isTls && isSet(env.REDIS_TLS_CA_FILE),
    ],
    [
      'REDIS_TLS_CERT_FILE',
      'has no effect: REDIS_URL has to begin with rediss://',
      !isTls && isSet(env.REDIS_TLS_CERT_FILE),
    ],
  ];
  return faults.filter(([, , isFault]) => isFault).map(([name, message]) => [name, message]);
}

function isSet(value: string | undefined): boolean {
  return value !== undefined;
}

function lacks(value: string | undefined, other: string | undefined): boolean {
  return value === undefined && other !== undefined;
}

/** To be called once `redisFaults` finds none. */
export function redisServers(env: RedisVariables): RedisServers & { readonly prefix: string } {
  const { protocol, hostname, port } = new URL(env.REDIS_URL);
  const own = { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 6379) };
  const cluster = env.REDIS_CLUSTER === true ? [own] : env.REDIS_CLUSTER || undefined;
  const tls = { ca: env.REDIS_TLS_CA_FILE, cert: env.REDIS_TLS_CERT_FILE, key: env.REDIS_TLS_KEY_FILE };
  return {
    url: env.REDIS_URL,
    prefix: env.QUEUE_PREFIX ?? (cluster === undefined ? defaultQueuePrefix : `{${defaultQueuePrefix}}`),
    ...(env.REDIS_SENTINELS === undefined
      ? {}
      : {
          sentinels: {
            addresses: env.REDIS_SENTINELS,
            name: env.REDIS_SENTINEL_NAME,
            username: env.REDIS_SENTINEL_USERNAME,
            password: env.REDIS_SENTINEL_PASSWORD,
            isTls: env.REDIS_SENTINEL_TLS ?? protocol === 'rediss:',
          },
        }),
    ...(cluster === undefined ? {} : { cluster }),
    ...(Object.values(tls).some(isSet) ? { tls } : {}),
  };
}
