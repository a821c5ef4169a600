import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Application, type Stack, startStack } from '@m2fp/dev-services/stack';
import { probeArguments, type ProbeSample, readProbe } from './event-loop-probe.ts';

export interface ProbedStack {
  readonly stack: Stack;
  /** What an application's probe has seen so far. */
  readonly samples: (application: Application) => Promise<ProbeSample[]>;
  /** On the clock of `performance.now()`. */
  readonly workerStartedAt: number;
}

export interface ProbedStackSettings {
  /** A model's name, or its bundle's folder. */
  readonly model: string;
  readonly signal: AbortSignal;
  /** Overrides the applications' own settings. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** The whole service with a probe in each application, for as long as `use` takes. Nothing is left running. */
export async function withProbedStack<T>(
  { model, signal, environment }: ProbedStackSettings,
  use: (probed: ProbedStack) => Promise<T>,
): Promise<T> {
  const probeDir = await mkdtemp(join(tmpdir(), 'm2fp-bench-'));
  const fileOf = (application: Application): string => join(probeDir, application);
  let workerStartedAt = 0;
  try {
    const stack = await startStack({
      model,
      signal,
      nodeArguments: (name) => probeArguments(fileOf(name)),
      overrides: (name) => {
        if (name === 'worker') workerStartedAt = performance.now();
        return { LOG_LEVEL: 'warn', ...environment };
      },
    });
    try {
      return await use({ stack, samples: (name) => readProbe(fileOf(name)), workerStartedAt });
    } finally {
      await stack.stop();
    }
  } finally {
    await rm(probeDir, { recursive: true, force: true });
  }
}
