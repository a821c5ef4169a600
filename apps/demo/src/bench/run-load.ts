import { setTimeout as sleep } from 'node:timers/promises';
import { collectPhotos, type PhotoFile } from '@m2fp/terminal';
import type { DemoConfig } from '../config.ts';
import { samplePhotos } from '../photos/photo-source.ts';
import type { Application } from '../stack/applications.ts';
import type { Stack } from '../stack/start-stack.ts';
import { drive, type DrivenJob } from './drive.ts';
import { readProbe } from './event-loop-probe-file.ts';
import type { LoadOptions } from './load-options.ts';
import {
  applicationLoad,
  drift,
  round1,
  medianStages,
  toMb,
  type LoadReport,
  type MemorySample,
} from './load-report.ts';
import { describeMachine, spreadOf } from '@m2fp/measure';
import { readProcesses, withDescendants, type ProcessMemory } from './process-memory.ts';
import { type ProbedStack, withProbedStack } from './with-probed-stack.ts';

const sampleMs = 500;
/** Longer than an idle worker waits before it replaces a parser process that has served. */
const settleMs = 15_000;

/** Starts the service, warms it up, drives it and measures meanwhile. Nothing is left running. */
export async function runLoad(
  options: LoadOptions,
  config: DemoConfig,
  controller: AbortController,
): Promise<LoadReport> {
  const { signal } = controller;
  const photos = options.photos.length > 0 ? await collectPhotos(options.photos, config.workingDir) : samplePhotos();
  return withProbedStack({ config, model: options.model, signal }, (probed) => {
    void probed.stack.failure.then((error) => controller.abort(error));
    return measure(probed, photos, options, signal);
  });
}

async function measure(
  { stack, probeFile, workerStartedAt }: ProbedStack,
  photos: readonly PhotoFile[],
  options: LoadOptions,
  signal: AbortSignal,
): Promise<LoadReport> {
  const { jobs, clients, warmUp } = options;
  const settings = { apiUrl: stack.apiUrl, photos, clients, signal };
  await drive({ ...settings, clients: 1, jobs: 1 });
  const coldStartMs = Math.round(performance.now() - workerStartedAt);
  await drive({ ...settings, jobs: warmUp });

  await sleep(settleMs, undefined, { signal });
  const idle = await sampleMemory(stack, Date.now());
  await drive({ ...settings, jobs: warmUp });
  const from = Date.now();
  const memory = watchMemory(stack, from);
  const done = await drive({ ...settings, jobs });
  const to = Date.now();
  const samples = memory.end();
  const parsers = samples.map(({ parsersMb }) => parsersMb);
  const load = async (name: Application) => applicationLoad(await readProbe(probeFile(name)), from, to);
  return {
    machine: describeMachine(),
    model: options.model,
    jobs: done.length,
    failed: done.filter(({ succeeded }: DrivenJob) => !succeeded).length,
    clients,
    coldStartMs,
    photosPerSecond: Number((done.length / ((to - from) / 1_000)).toFixed(3)),
    latencyMs: spreadOf(done.map(({ latencyMs }) => latencyMs)),
    queueWaitMs: spreadOf(done.map(({ queueWaitMs }) => queueWaitMs)),
    stagesMs: medianStages(done),
    api: await load('api'),
    worker: await load('worker'),
    parsersRssMb: { peak: Math.max(0, ...parsers), last: parsers.at(-1) ?? 0, drift: drift(parsers) },
    idleRssMb: idle.apiMb + idle.workerMb + idle.parsersMb,
    memory: samples,
  };
}

function watchMemory(stack: Stack, from: number): { end(): MemorySample[] } {
  const samples: MemorySample[] = [];
  const timer = setInterval(() => void sampleMemory(stack, from).then((sample) => samples.push(sample)), sampleMs);
  return {
    end: () => {
      clearInterval(timer);
      return samples;
    },
  };
}

async function sampleMemory({ processes: { api, worker } }: Stack, from: number): Promise<MemorySample> {
  const all = await readProcesses();
  const sum = (family: readonly ProcessMemory[]): number =>
    toMb(family.reduce((bytes, { rssBytes }) => bytes + rssBytes, 0));
  const [parent, ...parsers] = withDescendants(all, worker.pid);
  return {
    atS: round1((Date.now() - from) / 1_000),
    apiMb: sum(all.filter(({ pid }) => pid === api.pid)),
    workerMb: sum(parent ? [parent] : []),
    parsersMb: sum(parsers),
  };
}
