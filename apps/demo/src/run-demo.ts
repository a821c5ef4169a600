import { join, resolve } from 'node:path';
import { createClient } from '@m2fp/client';
import type { Palette } from '@m2fp/core/render';
import { type Invocation, samplePhotos } from '@m2fp/dev-services';
import { instructions, redisLine, type Stack, startStack } from '@m2fp/dev-services/stack';
import {
  annotationsName,
  assertOwnAnnotations,
  clearResults,
  collectPhotos,
  count,
  nameResultFolders,
  openOutDir,
  type PhotoInFolder,
  type PhotoRow,
  photoTable,
  type PhotoToParse,
  putPhoto,
  type StatusLine,
  writeAnnotations,
  writeWhole,
} from '@m2fp/terminal';
import type { DemoOptions } from './demo-options.ts';
import { fetchModel } from './fetch-model.ts';
import { indexPage } from './index-page.ts';
import { parsePhotos, type PhotoOutcome, spentMs } from './parse-photos.ts';
import { createProgress } from './progress.ts';
import { storeResults } from './store-results.ts';

export interface DemoRun {
  readonly invocation: Invocation;
  readonly options: DemoOptions;
  /** Aborted by Ctrl-C, SIGTERM, or an application that ends. */
  readonly controller: AbortController;
  /** At the end of standard error, if that is a terminal. */
  readonly status: StatusLine;
}

/**
 * Runs the demo to its end; resolves to the exit code. Throws the abort's reason. Nothing is left running either way.
 */
export async function runDemo(run: DemoRun): Promise<number> {
  const { invocation, options, controller, status } = run;
  // Before anything is started: a mistyped name should not have to wait for Redis.
  const outDir = resolve(invocation.workingDir, options.out);
  const named = await collectPhotos(options.photos, invocation.workingDir, { except: outDir });
  await assertOwnAnnotations(outDir);
  const files = named.length > 0 ? named : samplePhotos();
  await fetchModel(options, invocation.workingDir, controller.signal);
  status.show(() => 'Starting Redis, S3 and the service');
  const stack = await startStack({
    model: options.model,
    port: options.port,
    signal: controller.signal,
    onStep: (message) => console.log(message),
    onPage: (url) =>
      console.log(`The page is at ${url}: ${count(files.length, 'photo is', 'photos are')} parsed next.`),
    ...(options.verbose ? { onLine: (name, line) => console.log(`${name}: ${line}`) } : {}),
  });
  status.hide();
  try {
    console.log(redisLine(stack));
    void stack.failure.then((error) => controller.abort(error));
    const outcomes = await parseAll(run, outDir, stack, nameResultFolders(files));
    // Until Ctrl-C or SIGTERM, which is how a user ends it.
    if (!options.once) {
      console.log(`\n${instructions(stack)}`);
      await stack.stayUp(controller.signal);
    }
    return outcomes.every(({ ok }) => ok) ? 0 : 1;
  } finally {
    status.show(() => 'Stopping the service');
    await stack.stop();
    status.hide();
  }
}

async function parseAll(
  run: DemoRun,
  outDir: string,
  stack: Stack,
  photos: readonly PhotoToParse[],
): Promise<PhotoOutcome[]> {
  const { signal } = run.controller;
  const out = await openOutDir(outDir);
  for (const { folder } of photos) await clearResults(join(outDir, folder));

  const client = createClient({ baseUrl: stack.apiUrl });
  const palettes = new Map<string, Palette>();
  const progress = createProgress(photos.length, process.stderr, run.status);
  try {
    const outcomes = await parsePhotos(photos, {
      client,
      signal,
      events: progress,
      keep: async ({ path, name, folder }, job) => {
        palettes.set(folder, await storeResults(join(outDir, folder), path, job, { client, signal }));
        await putPhoto(path, out, name);
      },
    });
    await writeAnnotations(outDir, parsedOf(outcomes), signal);
    await writeWhole(join(outDir, 'index.html'), indexPage({ outcomes, palettes }));
    progress.end();
    report(outcomes, run, outDir);
    return outcomes;
  } finally {
    progress.end();
  }
}

function parsedOf(outcomes: readonly PhotoOutcome[]): PhotoInFolder[] {
  return outcomes.filter(({ ok }) => ok).map(({ photo }) => photo);
}

function report(outcomes: readonly PhotoOutcome[], { invocation, options }: DemoRun, outDir: string): void {
  const widthColumns = process.stdout.columns ?? 120;
  console.log(photoTable(outcomes.map(rowOf), { widthColumns, color: invocation.color, outDir: options.out }));
  console.log(`Look at the pictures: ${join(outDir, 'index.html')}`);
  console.log(`All of them as one COCO data set: ${join(outDir, annotationsName)}`);
}

function rowOf(outcome: PhotoOutcome): PhotoRow {
  const { name, folder } = outcome.photo;
  if (!outcome.ok) return { name, error: outcome };
  const { people, labels, timings } = outcome.result;
  const found = labels.filter(({ pixels }) => pixels > 0).map((label) => label.name);
  return { name, people, labels: found, elapsedMs: spentMs(timings), folder };
}
