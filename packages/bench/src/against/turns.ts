import type { ParseOptions } from '@m2fp/contract';
import type { BenchPhoto } from '../network/photos.ts';
import { type Run, toRow } from '../network/rows.ts';
import type { Difference, Entrant } from './entrants.ts';
import type { AgainstRow } from './result.ts';

export interface TurnSettings {
  readonly photo: BenchPhoto;
  readonly options: ParseOptions;
  readonly runs: number;
  readonly warmUp: number;
  readonly signal: AbortSignal;
  /** The machine's SGEMM rate now, GFLOP/s. */
  readonly measureRate: () => Promise<number>;
  readonly onProgress: (text: string) => void;
  /** Told of each entrant that drops out. */
  readonly notes: string[];
}

interface Standing {
  readonly entrant: Entrant;
  readonly runs: Run[];
  loadMs: number;
  idleBytes: number;
  peakBytes: number;
  difference: Difference | undefined;
}

/**
 * All are loaded, compared and warmed up; then one run each, again and again, so that whatever else the machine does
 * affects all of them alike. A contender that fails drops out; if one of our own bundles does, this rejects.
 */
export async function measureInTurns(entrants: readonly Entrant[], settings: TurnSettings): Promise<AgainstRow[]> {
  const { photo, options, runs, warmUp, onProgress } = settings;
  let standings = entrants.map((entrant): Standing => ({
    entrant,
    runs: [],
    loadMs: 0,
    idleBytes: 0,
    peakBytes: 0,
    difference: undefined,
  }));
  standings = await keepUp(standings, settings, async (standing) => {
    onProgress(`loading ${standing.entrant.name}`);
    const { loadMs, memory } = await standing.entrant.load();
    Object.assign(standing, { loadMs, idleBytes: memory.rss, difference: await standing.entrant.compare?.() });
    for (let i = 0; i < warmUp; i++) await standing.entrant.parse();
  });
  for (let i = 0; i < runs; i++) {
    onProgress(`${photo.width}x${photo.height}: run ${i + 1} of ${runs}`);
    standings = await keepUp(standings, settings, async (standing) => {
      const rate = await settings.measureRate();
      const { timings, totalMs, memory } = await standing.entrant.parse();
      standing.runs.push({ timings, totalMs, rate });
      standing.peakBytes = memory.peakRss;
    });
  }
  return standings.map(({ entrant, difference, ...measured }) => {
    const { manifest, name, title, dtype, isWhole } = entrant;
    const row = toRow({ manifest, ...measured }, photo, options);
    return { ...row, bundle: name, dtype, title, isWhole, ...(difference && { difference }) };
  });
}

/** Does the same for one after the other; returns those that have not failed. */
async function keepUp(
  standings: readonly Standing[],
  { signal, notes }: TurnSettings,
  step: (standing: Standing) => Promise<void>,
): Promise<Standing[]> {
  const remaining: Standing[] = [];
  for (const standing of standings) {
    const { entrant } = standing;
    try {
      await step(standing);
      remaining.push(standing);
    } catch (error) {
      if (signal.aborted || entrant.compare === undefined) throw error;
      entrant.close();
      notes.push(`${entrant.name} was not measured: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return remaining;
}
