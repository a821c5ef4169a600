import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { runInTargets, type RunLimits } from '../run-cases.ts';
import type { TargetReport } from '../tally.ts';
import { type FilesInput, mutateFiles } from './mutate-files.ts';
import { createSeedModels, createWorkDir, goldenDir } from './seed-models.ts';

const entry = fileURLToPath(new URL('./files-target.ts', import.meta.url));

/** Mutated checkpoints, configurations, manifests and graphs through `m2fp model inspect`, `convert` and `check`. */
export async function fuzzFiles(limits: RunLimits): Promise<TargetReport> {
  const workDir = await createWorkDir();
  try {
    const models = await createSeedModels(workDir);
    return await runInTargets<FilesInput>(
      {
        name: 'files',
        limits,
        make: (random) => mutateFiles(models, random),
        bytesOf: ({ files, changed }) => files[changed] ?? new Uint8Array(),
      },
      {
        ...{ entry, args: [workDir, models.bundleDir, goldenDir], processes: 2, maxInputs: 500 },
        ...{ deadlineMs: 20_000, maxRssBytes: 1_500_000_000 },
        codes: new Set(['model_unavailable']),
      },
    );
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}
