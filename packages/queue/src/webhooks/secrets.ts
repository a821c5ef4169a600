/**
 * An owner's signing secrets. One is current; those that it replaced also sign for a day, so that receivers have time
 * to switch. They are stored in plain text: signing needs them.
 */
import { randomBytes } from 'node:crypto';
import { bounds, type RedisKeys } from '@m2fp/contract';
import type { Redis } from 'ioredis';
import { Webhook } from 'standardwebhooks';
import { z } from 'zod';

const secretSchema = z.strictObject({
  id: z.string(),
  /** `whsec_` and base64, the format of Standard Webhooks. */
  secret: z.string(),
  created_at: z.iso.datetime(),
  /** Null for the current secret. */
  expires_at: z.iso.datetime().nullable(),
});
export type WebhookSecret = z.infer<typeof secretSchema>;

const secretOverlapS = 24 * 3600;
const secretBytes = 32;

/**
 * KEYS: the owner's secrets. ARGV: now, end of the overlap (both ISO), the new secret as JSON, its id, the maximum
 * number of secrets, '1' = only if there is none. One script, so that concurrent rotations leave one current secret.
 */
const addSecret = `
local live = {}
for _, text in ipairs(redis.call('HVALS', KEYS[1])) do
  local kept = cjson.decode(text)
  if kept.expires_at == cjson.null or kept.expires_at > ARGV[1] then table.insert(live, kept) end
end
if ARGV[6] == '1' and #live > 0 then return 0 end
table.sort(live, function(a, b) return a.created_at > b.created_at end)
redis.call('DEL', KEYS[1])
for place, kept in ipairs(live) do
  if place < tonumber(ARGV[5]) then
    if kept.expires_at == cjson.null then kept.expires_at = ARGV[2] end
    redis.call('HSET', KEYS[1], kept.id, cjson.encode(kept))
  end
end
redis.call('HSET', KEYS[1], ARGV[4], ARGV[3])
return 1
`;

export class WebhookSecrets {
  readonly #redis: Redis;
  readonly #keys: RedisKeys;
  readonly #now: () => number;

  constructor(redis: Redis, keys: RedisKeys, now: () => number = Date.now) {
    this.#redis = redis;
    this.#keys = keys;
    this.#now = now;
  }

  /** Those that sign now, newest first; always at least one: the first is created on demand. */
  async active(owner: string): Promise<WebhookSecret[]> {
    const found = await this.#read(owner);
    if (found.length > 0) return found;
    await this.#add(owner, true);
    return this.#read(owner);
  }

  /** Creates a new current secret and returns it. The previous one keeps signing for a day. */
  async rotate(owner: string): Promise<WebhookSecret> {
    return this.#add(owner, false);
  }

  async #read(owner: string): Promise<WebhookSecret[]> {
    const texts = await this.#redis.hvals(this.#keys.webhookSecrets(owner));
    const now = new Date(this.#now()).toISOString();
    return texts
      .map((text) => secretSchema.parse(JSON.parse(text)))
      .filter(({ expires_at: end }) => end === null || end > now)
      .sort(
        (a, b) =>
          Number(b.expires_at === null) - Number(a.expires_at === null) || (a.created_at < b.created_at ? 1 : -1),
      );
  }

  async #add(owner: string, onlyFirst: boolean): Promise<WebhookSecret> {
    const now = this.#now();
    const secret: WebhookSecret = {
      id: `whs_${randomBytes(8).toString('hex')}`,
      secret: `whsec_${randomBytes(secretBytes).toString('base64')}`,
      created_at: new Date(now).toISOString(),
      expires_at: null,
    };
    const overlapEnd = new Date(now + secretOverlapS * 1_000).toISOString();
    const key = this.#keys.webhookSecrets(owner);
    const values = [
      secret.created_at,
      overlapEnd,
      JSON.stringify(secret),
      secret.id,
      // However often an owner rotates, a delivery must not carry a hundred signatures.
      bounds.webhookSecrets.max,
      onlyFirst ? '1' : '0',
    ];
    await this.#redis.eval(addSecret, 1, key, ...values);
    return secret;
  }
}

/**
 * The headers of Standard Webhooks. While secrets overlap, each signs: a receiver needs to know only one of them.
 * @param secrets `whsec_…`, newest first
 */
export function signedHeaders(
  id: string,
  at: Date,
  body: string,
  secrets: readonly string[],
): Readonly<Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string>> {
  return {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
  };
}
