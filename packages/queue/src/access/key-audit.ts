/** What was done with API keys, when and by whom: a stream in Redis of the latest operations. */
import type { RedisKeys } from '@m2fp/contract';
import type { RedisPort } from './redis-port.ts';

export interface KeyOperation {
  /** ISO 8601, by Redis's clock. */
  readonly at: string;
  readonly operation: 'created' | 'rotated' | 'revoked';
  /** The key's id. */
  readonly key: string;
  readonly owner: string;
  readonly name: string;
  readonly actor: string;
  readonly detail: string;
}

const keptOperations = 10_000;

export class KeyAudit {
  readonly #redis: Pick<RedisPort, 'xadd' | 'xrevrange'>;
  readonly #stream: string;
  readonly #actor: string;

  constructor(redis: Pick<RedisPort, 'xadd' | 'xrevrange'>, keys: Pick<RedisKeys, 'apiKeyAudit'>, actor: string) {
    this.#redis = redis;
    this.#stream = keys.apiKeyAudit;
    this.#actor = actor;
  }

  async add(entry: Omit<KeyOperation, 'at' | 'actor' | 'detail'> & { readonly detail?: string }): Promise<void> {
    const fields = Object.entries({ ...entry, actor: this.#actor }).flat();
    await this.#redis.xadd(this.#stream, 'MAXLEN', '~', keptOperations, '*', ...fields);
  }

  /** Newest first. */
  async list(limit: number): Promise<KeyOperation[]> {
    const entries = await this.#redis.xrevrange(this.#stream, '+', '-', 'COUNT', limit);
    return entries.map(([id, fields]) => {
      const names = fields.flatMap((name, place) => (place % 2 === 0 ? [[name, fields[place + 1] ?? '']] : []));
      const at = new Date(Number(id.split('-', 1)[0])).toISOString();
      return { detail: '', ...(Object.fromEntries(names) as Omit<KeyOperation, 'at' | 'detail'>), at };
    });
  }
}
