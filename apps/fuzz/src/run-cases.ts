/** Runs cases until there are enough of them or the time is up. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toMb } from '@m2fp/bench';
import { Random } from '@m2fp/bench';
import { type KeptFailure, Tally, type TargetReport, type Verdict } from './tally.ts';
import { TargetProcess, type TargetSettings } from './target-process.ts';

export interface RunLimits {
  readonly cases: number;
  /** For each of the targets. */
  readonly seconds: number;
  readonly seed: number;
  /** Inputs that failed are written here. */
  readonly outDir: string;
  readonly signal: AbortSignal;
}

/** One input and how it was made. */
export interface FuzzCase<Input> {
  readonly mutation: string;
  readonly input: Input;
  /** What a run of it must not be, if the mutation says so much: a photo that was cut must not be accepted. */
  readonly mustBe?: 'accepted' | 'refused';
}

interface CaseRun<Input> {
  readonly name: string;
  readonly limits: RunLimits;
  readonly workers: readonly { judge(input: Input): Promise<Verdict> }[];
  readonly make: (random: Random) => FuzzCase<Input> | Promise<FuzzCase<Input>>;
  /** What to write to a file to have the input again. */
  readonly bytesOf: (input: Input) => Uint8Array;
}

/** Of each kind of failure. */
const maxKept = 10;

/** The number of the run in which each case is numbered; never throws for what an input does. */
export async function runCases<Input>(
  run: CaseRun<Input>,
): Promise<{ tally: Tally; kept: KeptFailure[]; seconds: number }> {
  const { name, limits, workers, make } = run;
  const tally = new Tally();
  const kept: KeptFailure[] = [];
  const startedAt = performance.now();
  const secondsSoFar = (): number => (performance.now() - startedAt) / 1_000;
  let next = 0;
  const work = async (worker: (typeof workers)[number]): Promise<void> => {
    while (next < limits.cases && secondsSoFar() < limits.seconds && !limits.signal.aborted) {
      const number = next++;
      const made = await make(new Random(limits.seed, number));
      const verdict = withExpectation(made, await worker.judge(made.input));
      tally.add(number, made.mutation, verdict);
      if (verdict.result !== 'failed') continue;
      const { failure, why } = verdict;
      if (kept.filter((one) => one.failure === failure).length >= maxKept) continue;
      const file = join(limits.outDir, `${name}-${limits.seed}-${number}`);
      kept.push({ case: number, mutation: made.mutation, failure, why: why.slice(0, 1_000), file });
      await mkdir(limits.outDir, { recursive: true });
      await writeFile(file, run.bytesOf(made.input));
    }
  };
  await Promise.all(workers.map(work));
  return { tally, kept, seconds: Math.round(secondsSoFar()) };
}

/** Runs cases in child processes. */
export async function runInTargets<Input>(
  run: Omit<CaseRun<Input>, 'workers'>,
  settings: TargetSettings,
): Promise<TargetReport> {
  const workers = Array.from({ length: settings.processes }, () => new TargetProcess(settings));
  try {
    const { tally, kept, seconds } = await runCases({ ...run, workers });
    const peakRssMb = toMb(Math.max(...workers.map(({ peakRssBytes }) => peakRssBytes)));
    return tally.report({ target: run.name, seconds, peakRssMb, kept, facts: {} });
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}

function withExpectation({ mustBe }: FuzzCase<unknown>, verdict: Verdict): Verdict {
  if (mustBe === undefined || verdict.result === 'failed' || verdict.result === mustBe) return verdict;
  const found = verdict.result === 'refused' ? `refused as ${verdict.code}` : 'accepted';
  return { result: 'failed', failure: 'wrong', why: `it was ${found}, and must be ${mustBe}`, ms: verdict.ms };
}
