/** Pools of real processes; what happens in them is scripted by the photo's bytes. */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseOptionsSchema } from '@m2fp/contract';
import { type Mock, vi } from 'vitest';
import { type Deadline, unconfined } from '../../src/process/parser-process.ts';
import type { ParserPoolSettings, PoolEvents } from '../../src/process/pool-settings.ts';
import { ParserPool } from '../../src/process/pool.ts';

const moduleUrl = pathToFileURL(
  resolve(import.meta.dirname, '../../../../test/support/worker/scripted-parser.ts'),
).href;
export const options = parseOptionsSchema.parse({});
export const never: AbortSignal = new AbortController().signal;
export const patient: Deadline = { timeoutMs: 20_000, signal: never };

const pools: ParserPool[] = [];

/** For `afterEach`. */
export async function closePools(): Promise<void> {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
}

interface ScriptedPool {
  readonly pool: ParserPool;
  readonly events: { readonly [Event in keyof PoolEvents]: Mock<PoolEvents[Event]> };
}

export function createPool(changes: Partial<ParserPoolSettings> & { modelName?: string } = {}): ScriptedPool {
  const { modelName = 'scripted', ...rest } = changes;
  const events = { onStarted: vi.fn(), onEnded: vi.fn(), onOutput: vi.fn() };
  const pool = new ParserPool(
    {
      processes: 1,
      maxWaiting: 2,
      loadTimeoutMs: 20_000,
      maxJobs: 1_000,
      maxRssBytes: 2 ** 40,
      refreshAfterMs: 0,
      model: { threads: 1, maxImageBytes: 1_000, maxImagePixels: undefined },
      bundles: { find: async () => modelName, forget: () => undefined },
      launcher: () => unconfined,
      process: { moduleUrl, environment: { PARSER_TEST: '1' } },
      ...rest,
    },
    events,
  );
  pools.push(pool);
  return { pool, events };
}

export const photo = (script: string) => ({ bytes: new TextEncoder().encode(script) });
export const pidsOf = async (pool: ParserPool): Promise<number[]> =>
  (await pool.stats()).processes.map(({ pid }) => pid);

/** Waits for something that must happen sooner or later; the test's own timeout is the limit. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(10);
}
