import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { describeMachine, percentile, toMb } from '@m2fp/bench';
import type { BenchPhoto } from '@m2fp/bench/network';
import { parseOptionsSchema } from '@m2fp/contract';
import { modelParserUrl, type ParsedPhoto, ParserPool, unconfined } from '@m2fp/core/process';
import type { Pace, ThroughputReport } from './throughput-report.ts';

export interface ThroughputSettings {
  /** The bundle's folder. */
  readonly bundle: string;
  readonly photo: BenchPhoto;
  readonly atOnce: number;
  readonly photos: number;
  readonly rounds: number;
  readonly threads?: number;
  readonly signal: AbortSignal;
}

/** What a viewer of results asks for. */
const options = parseOptionsSchema.parse({ outputs: ['masks', 'colormap', 'instances', 'overlay'] });
const timeoutMs = 600_000;
/** A tick of /proc; Linux has had 100 a second for programs on every architecture for decades. */
const tickMs = 10;

/** One round. */
interface Round {
  readonly photoMs: number;
  readonly coreMs: number;
  readonly networkMs: readonly number[];
}

/**
 * Rounds of one photo at a time and of several at once, in turns, each kind in a parser process of its own, because
 * peak memory cannot be reset. Throws unless all results are the same, byte for byte.
 */
export async function runThroughput(settings: ThroughputSettings): Promise<ThroughputReport> {
  const { bundle, photo, photos, rounds, atOnce, threads = availableParallelism() } = settings;
  const kinds = [1, atOnce].map((callers) => ({ callers, pool: createPool(settings, threads), rounds: [] as Round[] }));
  const digests = new Set<string>();
  try {
    for (const { pool, callers } of kinds) await runRound(pool, { ...settings, photos: 2 * callers, callers }, digests);
    for (let round = 0; round < rounds; round++) {
      for (const { pool, callers, rounds: done } of kinds) {
        done.push(await runRound(pool, { ...settings, callers }, digests));
      }
    }
    if (digests.size !== 1) throw new Error('The same photo did not always give the same files.');
    const [alone, together] = await Promise.all(kinds.map(paceOf));
    if (!alone || !together) throw new Error('Nothing was measured.');
    const allowedMs = alone.coreMs / availableParallelism();
    const compared = (pace: Omit<Pace, 'ofAllowed'>): Pace => ({ ...pace, ofAllowed: pace.photoMs / allowedMs });
    return {
      ...{ machine: describeMachine(), model: bundle, photo: { width: photo.width, height: photo.height } },
      ...{ threads, photos, rounds, allowedMs, alone: compared(alone), together: compared(together) },
    };
  } finally {
    await Promise.all(kinds.map(({ pool }) => pool.close()));
  }
}

/** As the worker sets it up, without its sandbox. */
function createPool({ bundle, atOnce }: ThroughputSettings, threads: number): ParserPool {
  const unwatched = (): void => undefined;
  const environment = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '1048576', ORT_DISABLE_TELEMETRY: '1' };
  return new ParserPool(
    {
      ...{ processes: 1, maxWaiting: atOnce, loadTimeoutMs: timeoutMs, refreshAfterMs: 0 },
      ...{ maxJobs: Number.MAX_SAFE_INTEGER, maxRssBytes: Number.MAX_SAFE_INTEGER },
      model: { threads, maxImageBytes: 2 ** 30, maxImagePixels: undefined },
      bundles: { find: async () => bundle, forget: unwatched },
      launcher: () => unconfined,
      process: { moduleUrl: modelParserUrl.href, environment },
    },
    { onStarted: unwatched, onEnded: unwatched, onOutput: unwatched },
  );
}

async function runRound(
  pool: ParserPool,
  { photo, photos, callers, signal }: ThroughputSettings & { readonly callers: number },
  digests: Set<string>,
): Promise<Round> {
  const results: ParsedPhoto[] = [];
  let next = 0;
  const call = async (): Promise<void> => {
    while (next++ < photos) results.push(await pool.parse({ bytes: photo.bytes }, options, { timeoutMs, signal }));
  };
  const [cpuBefore, before] = [await coreMsOf(pool), performance.now()];
  await Promise.all(Array.from({ length: callers }, call));
  const [photoMs, coreMs] = [performance.now() - before, (await coreMsOf(pool)) - cpuBefore];
  for (const result of results) digests.add(digestOf(result));
  return {
    ...{ photoMs: photoMs / photos, coreMs: coreMs / photos },
    networkMs: results.map(({ timings }) => timings['network'] ?? timings['segment'] ?? 0),
  };
}

function digestOf({ files, summary }: ParsedPhoto): string {
  const hash = createHash('sha256').update(JSON.stringify(summary));
  for (const { name, bytes } of files) hash.update(name).update(bytes);
  return hash.digest('hex');
}

/** Of the parser process and of this one, in user and system mode. */
async function coreMsOf(pool: ParserPool): Promise<number> {
  const [parser] = (await pool.stats()).processes;
  const { user, system } = process.cpuUsage();
  const own = (user + system) / 1_000;
  if (!parser) return own;
  const text = await readFile(`/proc/${parser.pid}/stat`, 'utf8');
  // proc(5): behind the name, which may have spaces and parentheses, field 3 is the state.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return own + (Number(fields[11]) + Number(fields[12])) * tickMs;
}

async function paceOf(kind: {
  readonly pool: ParserPool;
  readonly callers: number;
  readonly rounds: readonly Round[];
}): Promise<Omit<Pace, 'ofAllowed'>> {
  const [parser] = (await kind.pool.stats()).processes;
  const status = await readFile(`/proc/${parser?.pid ?? 0}/status`, 'utf8');
  const peakKib = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0);
  const median = (value: (round: Round) => number): number => percentile(kind.rounds.map(value), 0.5);
  return {
    atOnce: kind.callers,
    photoMs: median(({ photoMs }) => photoMs),
    coreMs: median(({ coreMs }) => coreMs),
    networkMs: percentile(
      kind.rounds.flatMap(({ networkMs }) => networkMs),
      0.5,
    ),
    peakRssMb: toMb(peakKib * 1024),
  };
}
