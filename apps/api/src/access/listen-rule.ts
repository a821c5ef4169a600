import { isIP } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError } from '@m2fp/service/settings';
import { QueueUnavailable } from '@m2fp/service/redis';
import type { RedisAuthenticator } from './authenticator.ts';

/** Only this machine can reach such an address. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost' || host === '::1') return true;
  return isIP(host) === 4 && host.startsWith('127.');
}

/** Why the API does not start, to be shown as is. */
class RefusedToListen extends ConfigError {
  constructor(host: string) {
    super(
      [
        `The API does not listen on ${host}: no API key is configured, so anyone who can reach it could use it.`,
        '  Create a key:           m2fp keys create --name NAME   (with the REDIS_URL and QUEUE_PREFIX of the API)',
        '  Or stay on loopback:    HOST=127.0.0.1',
        '  Or let everyone in:     ALLOW_ANONYMOUS=1',
      ].join('\n'),
    );
    this.name = 'RefusedToListen';
  }
}

const redisWaitMs = 5_000;

/**
 * Throws `RefusedToListen` for an address that others can reach while no key is configured. If Redis does not answer,
 * the API may start: no request is let in without a key then.
 */
export async function assertMayListen(
  settings: { readonly host: string; readonly allowAnonymous: boolean },
  authenticator: Pick<RedisAuthenticator, 'areKeysConfigured'>,
): Promise<void> {
  if (isLoopback(settings.host) || settings.allowAnonymous) return;
  for (const end = Date.now() + redisWaitMs; Date.now() < end; await sleep(100)) {
    try {
      if (await authenticator.areKeysConfigured()) return;
      throw new RefusedToListen(settings.host);
    } catch (error) {
      if (!(error instanceof QueueUnavailable)) throw error;
    }
  }
}
