/** What Redis is asked for: how often each command was called, and by which part of the service. */
import type { Redis } from 'ioredis';
import { portsOf, type KnownProcesses, type Part } from './process-times.ts';

export interface RedisCounters {
  /** Calls of each command since Redis began, those of scripts included. */
  readonly calls: ReadonlyMap<string, number>;
  /** Times that Redis read from a connection: commands that arrive together are one. */
  readonly reads: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly usedBytes: number;
}

export async function readRedisCounters(redis: Redis): Promise<RedisCounters> {
  const [commands, stats, memory] = await Promise.all([
    redis.info('commandstats'),
    redis.info('stats'),
    redis.info('memory'),
  ]);
  const calls = [...commands.matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm)];
  const numberOf = (text: string, name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(text)?.[1]);
  return {
    calls: new Map(calls.map(([, name = '', count]) => [name, Number(count)])),
    reads: numberOf(stats, 'total_reads_processed'),
    bytesIn: numberOf(stats, 'total_net_input_bytes'),
    bytesOut: numberOf(stats, 'total_net_output_bytes'),
    usedBytes: numberOf(memory, 'used_memory'),
  };
}

/** Commands by who sent them; those that a script calls are `inScripts`. */
export interface Commands {
  readonly byPart: ReadonlyMap<Part | 'other', ReadonlyMap<string, number>>;
  readonly inScripts: number;
}

/** Listens with MONITOR, which slows Redis down: for counting, not while anything is timed. */
export async function countCommands(
  redis: Redis,
  known: KnownProcesses,
  work: () => Promise<unknown>,
): Promise<Commands> {
  const byPort = new Map<string, Map<string, number>>();
  let inScripts = 0;
  const monitor = await redis.monitor();
  // The source is not in the types of ioredis: `127.0.0.1:PORT`, or `lua`.
  monitor.on('monitor', (_time: string, [name = '']: string[], source: string) => {
    if (source === 'lua') inScripts += 1;
    else {
      const calls = byPort.get(source) ?? new Map<string, number>();
      byPort.set(source, calls.set(name.toLowerCase(), (calls.get(name.toLowerCase()) ?? 0) + 1));
    }
  });
  await work();
  const owners = await portsOf(known.pids.keys());
  monitor.disconnect();
  const byPart = new Map<Part | 'other', Map<string, number>>();
  for (const [source, calls] of byPort) {
    const part = known.pids.get(owners.get(Number(source.slice(source.lastIndexOf(':') + 1))) ?? 0) ?? 'other';
    const sums = byPart.get(part) ?? new Map<string, number>();
    for (const [name, count] of calls) sums.set(name, (sums.get(name) ?? 0) + count);
    byPart.set(part, sums);
  }
  return { byPart, inScripts };
}
