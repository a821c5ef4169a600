/** What Redis says of itself, read at each scrape: whether what is kept there fits, and will still be there. */
import { Gauge, type Registry } from '@m2fp/service/metrics';

/** Sections of INFO as text. Rejects while Redis is down. */
export type ReadRedisInfo = () => Promise<string>;

interface Row {
  readonly name: string;
  readonly help: string;
  /** Undefined: unknown. */
  readonly valueOf: (info: ReadonlyMap<string, string>) => number | undefined;
}

const rows: readonly Row[] = [
  {
    name: 'm2fp_redis_memory_used_bytes',
    help: 'Memory that Redis uses.',
    valueOf: (info) => numberOf(info, 'used_memory'),
  },
  {
    name: 'm2fp_redis_memory_limit_bytes',
    help: 'What Redis may use: its maxmemory, or all of its machine’s memory if it has none.',
    valueOf: (info) => numberOf(info, 'maxmemory') || numberOf(info, 'total_system_memory'),
  },
  {
    name: 'm2fp_redis_evicts',
    help: 'Whether Redis removes keys when its memory is full (maxmemory-policy other than noeviction): 1 or 0.',
    valueOf: (info) => flagOf(info.get('maxmemory_policy'), (policy) => policy !== 'noeviction'),
  },
  {
    name: 'm2fp_redis_saves',
    help: 'Whether Redis’s latest writes to its disk succeeded: 1 or 0.',
    valueOf: (info) => {
      const writes = ['rdb_last_bgsave_status', 'aof_last_write_status', 'aof_last_bgrewrite_status'];
      const found = writes.flatMap((name) => info.get(name) ?? []);
      return found.length === 0 ? undefined : Number(found.every((status) => status === 'ok'));
    },
  },
  {
    name: 'm2fp_redis_appends',
    help: 'Whether Redis keeps a log of all writes (appendonly): 1 or 0.',
    valueOf: (info) => flagOf(info.get('aof_enabled'), (enabled) => enabled === '1'),
  },
];

/** While Redis is down, or hides its figures, the series are absent. */
export function registerRedisServer(registry: Registry, readInfo: ReadRedisInfo): void {
  for (const { name, help, valueOf } of rows) {
    new Gauge({
      ...{ name, help },
      registers: [registry],
      async collect() {
        // Without a value, and without the zero that a gauge begins with.
        this.remove();
        const value = valueOf(parseInfo(await readInfo().catch(() => '')));
        if (value !== undefined) this.set(value);
      },
    });
  }
}

function parseInfo(text: string): ReadonlyMap<string, string> {
  const lines = text.split('\r\n').map((line) => line.split(':', 2));
  return new Map(lines.flatMap(([name = '', value]) => (value === undefined ? [] : [[name, value] as const])));
}

function numberOf(info: ReadonlyMap<string, string>, name: string): number | undefined {
  const value = Number(info.get(name));
  return Number.isFinite(value) ? value : undefined;
}

function flagOf(value: string | undefined, isSet: (value: string) => boolean): number | undefined {
  return value === undefined ? undefined : Number(isSet(value));
}
