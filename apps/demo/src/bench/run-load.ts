import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { collectPhotos, type PhotoFile } from '@m2fp/terminal';
import type { DemoConfig } from '../config.ts';
import { samplePhotos } from '../photos/photo-source.ts';
import type { Application } from '../stack/applications.ts';
import { absoluteModel } from '../stack/model.ts';
import { startStack, type Stack } from '../stack/start-stack.ts';
import { drive, type DrivenJob } from './drive.ts';
import type { ProbeSample } from './event-loop-probe.ts';
import type { LoadOptions } from './load-options.ts';
import { applicationLoad, loadSpread, medianStages, round1, toMb, type LoadReport } from './load-report.ts';
import { describeMachine } from '@m2fp/measure';
import { readProcesses, withDescendants } from './process-memory.ts';

const probe = fileURLToPath(new URL('./event-loop-probe.ts', import.meta.url));
const sampleMs = 500;

/** Starts the service, warms it up, drives it and measures meanwhile. Nothing is left running. */
export async function runLoad(
  options: LoadOptions,
  config: DemoConfig,
  controller: AbortController,
): Promise<LoadReport> {
  const { signal } = controller;
  const photos = options.photos.length > 0 ? await collectPhotos(options.photos, config.workingDir) : samplePhotos();
  const probeDir = await mkdtemp(join(tmpdir(), 'm2fp-bench-'));
  try {
    const stack = await startStack({
      config,
      model: await absoluteModel(options.model, config.workingDir),
      signal,
      nodeArguments: ['--import', probe],
      overrides: (name) => ({ LOG_LEVEL: 'warn', M2FP_PROBE_FILE: join(probeDir, name) }),
      onStep: () => undefined,
    });
    try {
      void stack.failure.then((error) => controller.abort(error));
      return await measure(stack, photos, options, { probeDir, signal });
    } finally {
      await stack.stop();
    }
  } finally {
    await rm(probeDir, { recursive: true, force: true });
  }
}

async function measure(
  stack: Stack,
  photos: readonly PhotoFile[],
  options: LoadOptions,
  { probeDir, signal }: { probeDir: string; signal: AbortSignal },
): Promise<LoadReport> {
  const { jobs, clients, warmUp } = options;
  const settings = { apiUrl: stack.apiUrl, photos, clients, signal };
  await drive({ ...settings, jobs: warmUp });

  const parsers = sampleParsers(stack.processes.worker.pid);
  const from = Date.now();
  const done = await drive({ ...settings, jobs });
  const to = Date.now();
  const load = async (name: Application) => applicationLoad(await readProbe(join(probeDir, name)), from, to);
  return {
    machine: describeMachine(),
    model: options.model,
    jobs: done.length,
    failed: done.filter(({ succeeded }: DrivenJob) => !succeeded).length,
    clients,
    photosPerSecond: round1((done.length * 1_000) / (to - from)),
    latencyMs: loadSpread(done),
    stagesMs: medianStages(done),
    api: await load('api'),
    worker: await load('worker'),
    parsersRssMb: parsers.end(),
  };
}

/** Watches the resident memory of the worker's child processes. */
function sampleParsers(workerPid: number): { end(): { peak: number; last: number } } {
  const sizes: number[] = [];
  const timer = setInterval(() => {
    void readProcesses().then((all) => {
      const [, ...children] = withDescendants(all, workerPid);
      sizes.push(toMb(children.reduce((sum, { rssBytes }) => sum + rssBytes, 0)));
    });
  }, sampleMs);
  return {
    end: () => {
      clearInterval(timer);
      return { peak: Math.max(0, ...sizes), last: sizes.at(-1) ?? 0 };
    },
  };
}

async function readProbe(file: string): Promise<ProbeSample[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as ProbeSample);
}
