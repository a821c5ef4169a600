/**
 * Which models there are. Workers tell their model's card, and processes that take jobs tell for which models they do;
 * each says it again now and then. What was said outlasts who said it: jobs may wait for workers that are started only
 * when there is something to do. A model is forgotten after thirty days in which nobody spoke of it.
 */
import { bounds, isModelName, modelCardSchema, type ModelCard, type RedisKeys } from '@m2fp/contract';
import type { Redis } from 'ioredis';

export interface KnownModel {
  readonly name: string;
  /** Undefined as long as no worker has told it. */
  readonly card: ModelCard | undefined;
  /** When somebody spoke of it last, ms since the epoch. */
  readonly seenAtMs: number;
}

/** Those of workers, and those that services are configured for, which count whatever there is. */
const most = 4 * bounds.models.max;
const keptMs = 30 * 24 * 3600 * 1_000;

/**
 * KEYS: cards, when each was seen. ARGV: now, when the oldest may have been seen, how many at most, the card or '',
 * names … Returns those that are one too many.
 */
const announceScript = `
for _, old in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[2])) do
  redis.call('ZREM', KEYS[2], old)
  redis.call('HDEL', KEYS[1], old)
end
local refused = {}
for i = 5, #ARGV do
  local isKnown = redis.call('ZSCORE', KEYS[2], ARGV[i])
  if not isKnown and redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[3]) then
    table.insert(refused, ARGV[i])
  else
    redis.call('ZADD', KEYS[2], 'GT', ARGV[1], ARGV[i])
    if ARGV[4] ~= '' then redis.call('HSET', KEYS[1], ARGV[i], ARGV[4]) end
  end
end
return refused
`;

interface ReadCard {
  readonly text: string;
  readonly card: ModelCard | undefined;
}

export class ModelRegistry {
  readonly #redis: Redis;
  readonly #keys: Pick<RedisKeys, 'models' | 'modelsSeen'>;
  /** The last text of each card, and what it says: cards change rarely. */
  #read = new Map<string, ReadCard>();

  constructor(redis: Redis, keys: Pick<RedisKeys, 'models' | 'modelsSeen'>) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /**
   * For a service that is configured for these models, or has found something on their queues. Throws what Redis
   * throws.
   */
  async expect(names: readonly string[]): Promise<void> {
    await this.#announce(names, '', most);
  }

  /**
   * For a worker: says that there is this model, and what it is like, if it knows. False if there are too many others.
   * Throws what Redis throws.
   */
  async announce(name: string, card: ModelCard | undefined): Promise<boolean> {
    return (await this.#announce([name], textOf(card), bounds.models.max)).length === 0;
  }

  /** For a worker that has told its card: whether another one has told another card since. Throws what Redis throws. */
  async isContested(name: string, card: ModelCard | undefined): Promise<boolean> {
    const told = await this.#redis.hget(this.#keys.models, name);
    const own = textOf(card);
    return told !== null && own !== '' && told !== own;
  }

  async #announce(names: readonly string[], card: string, limit: number): Promise<string[]> {
    const now = Date.now();
    const { models, modelsSeen } = this.#keys;
    const values = [now, now - keptMs, limit, card, ...names];
    return (await this.#redis.eval(announceScript, 2, models, modelsSeen, ...values)) as string[];
  }

  /** All that are known, by name. Throws what Redis throws. */
  async read(): Promise<KnownModel[]> {
    const since = String(Date.now() - keptMs);
    const [seen, cards] = await Promise.all([
      this.#redis.zrange(this.#keys.modelsSeen, since, '+inf', 'BYSCORE', 'LIMIT', 0, most, 'WITHSCORES'),
      this.#redis.hgetall(this.#keys.models),
    ]);
    const found: KnownModel[] = [];
    const read = new Map<string, ReadCard>();
    for (let place = 0; place + 1 < seen.length; place += 2) {
      const [name = '', seenAt] = seen.slice(place, place + 2);
      if (!isModelName(name)) continue;
      const text = cards[name] ?? '';
      const known = this.#read.get(name);
      const entry = known?.text === text ? known : { text, card: readCard(text) };
      read.set(name, entry);
      found.push({ name, card: entry.card, seenAtMs: Number(seenAt) });
    }
    this.#read = read;
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

/** '' if there is none, or too much of it. */
function textOf(card: ModelCard | undefined): string {
  const text = card === undefined ? '' : JSON.stringify(card);
  return Buffer.byteLength(text) > bounds.modelCard.max ? '' : text;
}

/** Undefined if it is not a card, or one of a version that is not known. */
function readCard(text: string): ModelCard | undefined {
  if (text === '' || Buffer.byteLength(text) > bounds.modelCard.max) return undefined;
  try {
    return modelCardSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
