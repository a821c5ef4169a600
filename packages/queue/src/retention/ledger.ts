/**
 * What is kept of one kind for one owner, oldest first, with its size: a list of `ID:BYTES`, and the sum of the bytes.
 * Whoever adds an entry also removes the oldest ones beyond the bounds, in the same script. An entry may outlive what
 * it stands for; it then counts until it is the oldest.
 *
 * A list, because it takes 45 bytes an entry, where a sorted set takes 130.
 */
import type { Redis } from 'ioredis';

export interface LedgerKeys {
  readonly list: string;
  readonly bytes: string;
}

export interface Ledger {
  readonly keys: LedgerKeys;
  readonly bounds: { readonly entries: number; readonly bytes: number };
  /** Seconds after the last entry until all of it is forgotten: as long as an entry's targets are kept. */
  readonly ttlS: number;
  /**
   * Keys to be removed with an entry: its id between a prefix and a suffix. The first one exists as long as the entry
   * means anything.
   */
  readonly targets: readonly { readonly prefix: string; readonly suffix?: string }[];
  /** Sorted sets that have the id as a member. */
  readonly sets?: readonly string[];
}

/** Of one call, so that a bound that was lowered is reached in steps. */
const removedAtOnce = 1_000;

/**
 * Lua: `enter(id, bytes)`, after `local k, a` said from which places on KEYS and ARGV have `ledgerArguments`. At least
 * the new entry stays.
 */
export const ledgerLua = `
local function enter(id, bytes)
  local list, sum = KEYS[k], KEYS[k + 1]
  local size = redis.call('RPUSH', list, id .. ':' .. bytes)
  local total = redis.call('INCRBY', sum, bytes)
  for turn = 1, ${removedAtOnce} do
    local old, oldBytes = string.match(redis.call('LINDEX', list, 0), '^(.*):(%d+)$')
    local isOver = size > tonumber(ARGV[a]) or total > tonumber(ARGV[a + 1])
    local isGone = redis.call('EXISTS', ARGV[a + 3] .. old .. ARGV[a + 4]) == 0
    if size <= 1 or not (isOver or isGone) then break end
    redis.call('LPOP', list)
    size = size - 1
    total = redis.call('DECRBY', sum, oldBytes)
    for i = a + 3, #ARGV, 2 do redis.call('DEL', ARGV[i] .. old .. ARGV[i + 1]) end
    for i = k + 2, #KEYS do redis.call('ZREM', KEYS[i], old) end
  end
  redis.call('EXPIRE', list, ARGV[a + 2])
  redis.call('EXPIRE', sum, ARGV[a + 2])
end
`;

/** What `ledgerLua` reads; to be the last of a script's keys and arguments. */
export function ledgerArguments({ keys, bounds, ttlS, targets, sets = [] }: Ledger): {
  readonly keys: readonly string[];
  readonly args: readonly (string | number)[];
} {
  return {
    keys: [keys.list, keys.bytes, ...sets],
    args: [bounds.entries, bounds.bytes, ttlS, ...targets.flatMap(({ prefix, suffix = '' }) => [prefix, suffix])],
  };
}

const enterScript = `local k, a = 1, 3\n${ledgerLua}\nenter(ARGV[1], ARGV[2])`;

/**
 * Adds what was just stored, and removes the oldest beyond the bounds.
 * @param entry its id has no colon
 */
export async function enterLedger(
  redis: Pick<Redis, 'eval'>,
  ledger: Ledger,
  entry: { readonly id: string; readonly bytes: number },
): Promise<void> {
  const { keys, args } = ledgerArguments(ledger);
  await redis.eval(enterScript, keys.length, ...keys, entry.id, entry.bytes, ...args);
}
