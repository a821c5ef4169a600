import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import {
  collectPhotos,
  nameResultFolders,
  type PhotoRow,
  photoTable,
  type PhotoToParse,
  writeWhole,
} from '@m2fp/terminal';
import { spentMs } from './client/job-schema.ts';
import { parsePhotos, type PhotoOutcome } from './client/parse-photos.ts';
import type { DemoConfig } from './config.ts';
import type { DemoOptions } from './demo-options.ts';
import { samplePhotos } from './photos/photo-source.ts';
import { indexPage } from './results/index-page.ts';
import { clearResults, storeResults, type Palette } from './results/store-results.ts';
import { absoluteModel } from './stack/model.ts';
import { startStack, type Stack } from './stack/start-stack.ts';
import { instructions } from './terminal/instructions.ts';
import { createProgress } from './terminal/progress.ts';

export interface DemoRun {
  readonly config: DemoConfig;
  readonly options: DemoOptions;
  /** Aborted by Ctrl-C, SIGTERM, or an application that ended. */
  readonly controller: AbortController;
}

/** Runs the demo to its end and gives the exit code. Throws what aborted it; nothing is left running either way. */
export async function runDemo(run: DemoRun): Promise<number> {
  const { config, options, controller } = run;
  // Before anything is started: a mistyped name should not have to wait for Redis.
  const files = options.photos.length > 0 ? await collectPhotos(options.photos, config.workingDir) : samplePhotos();
  const stack = await startStack({
    config,
    model: await absoluteModel(options.model, config.workingDir),
    port: options.port,
    signal: controller.signal,
    onStep: (message) => console.log(message),
    ...(options.verbose ? { onLine: (name, line) => console.log(`${name}: ${line}`) } : {}),
  });
  try {
    void stack.failure.then((error) => controller.abort(error));
    const outcomes = await parseAll(run, stack, nameResultFolders(files));
    if (!options.once) await stayUp(stack, controller.signal);
    return outcomes.every(({ ok }) => ok) ? 0 : 1;
  } finally {
    await stack.stop();
  }
}

async function parseAll(run: DemoRun, stack: Stack, photos: readonly PhotoToParse[]): Promise<PhotoOutcome[]> {
  const { config, options, controller } = run;
  const { signal } = controller;
  const outDir = resolve(config.workingDir, options.out);
  await mkdir(outDir, { recursive: true });
  for (const photo of photos) await clearResults(outDir, photo);

  const palettes = new Map<string, Palette>();
  const progress = createProgress(photos.length, process.stderr);
  try {
    const outcomes = await parsePhotos(photos, {
      apiUrl: stack.apiUrl,
      signal,
      events: progress,
      keep: async (photo, result) => {
        palettes.set(photo.folder, await storeResults(outDir, photo, result, signal));
      },
    });
    await writeWhole(join(outDir, 'index.html'), indexPage({ outcomes, palettes }));
    progress.end();
    report(outcomes, run, outDir);
    return outcomes;
  } finally {
    progress.end();
  }
}

function report(outcomes: readonly PhotoOutcome[], { config, options }: DemoRun, outDir: string): void {
  const widthColumns = process.stdout.columns ?? 120;
  console.log(photoTable(outcomes.map(rowOf), { widthColumns, color: config.color, outDir: options.out }));
  console.log(`Look at the pictures: ${join(outDir, 'index.html')}`);
}

function rowOf(outcome: PhotoOutcome): PhotoRow {
  const { name, folder } = outcome.photo;
  if (!outcome.ok) return { name, error: outcome };
  const { people, labels, timings } = outcome.result;
  const found = labels.filter(({ pixels }) => pixels > 0).map((label) => label.name);
  return { name, people, labels: found, elapsedMs: spentMs(timings), folder };
}

/** Until Ctrl-C or SIGTERM, which is how a user ends it. Throws if an application ends by itself. */
async function stayUp(stack: Stack, signal: AbortSignal): Promise<void> {
  console.log(`\n${instructions(stack.apiUrl)}`);
  const failed = await Promise.race([stack.failure, aborted(signal)]);
  if (failed) throw failed;
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined);
    else signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
