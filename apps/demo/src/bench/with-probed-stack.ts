import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DemoConfig } from '../config.ts';
import type { Application } from '../stack/applications.ts';
import { absoluteModel } from '../stack/model.ts';
import { startStack, type Stack } from '../stack/start-stack.ts';

const probe = fileURLToPath(new URL('./event-loop-probe.ts', import.meta.url));

export interface ProbedStack {
  readonly stack: Stack;
  /** Where an application's probe writes what it sees. */
  readonly probeFile: (application: Application) => string;
  /** By the clock of `performance.now()`. */
  readonly workerStartedAt: number;
}

export interface ProbedStackSettings {
  readonly config: DemoConfig;
  /** A model's name or its bundle's folder. */
  readonly model: string;
  readonly signal: AbortSignal;
  /** Over the applications' own settings. */
  readonly environment?: NodeJS.ProcessEnv;
}

/** The whole service with a probe in each application, for as long as `use` takes. Nothing is left running. */
export async function withProbedStack<T>(
  { config, model, signal, environment }: ProbedStackSettings,
  use: (probed: ProbedStack) => Promise<T>,
): Promise<T> {
  const probeDir = await mkdtemp(join(tmpdir(), 'm2fp-bench-'));
  const probeFile = (application: Application): string => join(probeDir, application);
  let workerStartedAt = 0;
  try {
    const stack = await startStack({
      config,
      model: await absoluteModel(model, config.workingDir),
      signal,
      nodeArguments: ['--import', probe],
      overrides: (name) => {
        if (name === 'worker') workerStartedAt = performance.now();
        return { LOG_LEVEL: 'warn', M2FP_PROBE_FILE: probeFile(name), ...environment };
      },
      onStep: () => undefined,
    });
    try {
      return await use({ stack, probeFile, workerStartedAt });
    } finally {
      await stack.stop();
    }
  } finally {
    await rm(probeDir, { recursive: true, force: true });
  }
}
