import { setTimeout as sleep } from 'node:timers/promises';
import { describeMachine, spreadOf, toMb } from '@m2fp/bench';
import { createClient, type M2fpClient } from '@m2fp/client';
import type { Application, Stack } from '@m2fp/dev-services/stack';
import type { PhotoFile } from '@m2fp/terminal';
import {
  applicationLoad,
  drift,
  type DrivenJob,
  type LoadReport,
  medianStages,
  type MemorySample,
  round1,
} from './load-report.ts';
import { type ProcessMemory, readProcesses, withDescendants } from './memory.ts';
import { type ProbedStack, withProbedStack } from './probed-stack.ts';

export interface LoadOptions {
  readonly jobs: number;
  readonly clients: number;
  readonly warmUp: number;
  readonly model: string;
}

type Load = LoadOptions & { readonly photos: readonly PhotoFile[] };

const sampleMs = 500;
/** Longer than an idle worker waits before it replaces a used parser process. */
const settleMs = 15_000;

/** Starts the service, warms it up, drives it and measures meanwhile. Nothing is left running. */
export function runLoad(load: Load, controller: AbortController): Promise<LoadReport> {
  const { signal } = controller;
  return withProbedStack({ model: load.model, signal }, (probed) => {
    void probed.stack.failure.then((error) => controller.abort(error));
    return measure(probed, load, signal);
  });
}

async function measure(
  { stack, samples, workerStartedAt }: ProbedStack,
  { photos, model, jobs, clients, warmUp }: Load,
  signal: AbortSignal,
): Promise<LoadReport> {
  const settings = { client: createClient({ baseUrl: stack.apiUrl }), photos, clients, signal };
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
  const memorySamples = memory.end();
  const parsers = memorySamples.map(({ parsersMb }) => parsersMb);
  const loadOf = async (name: Application) => applicationLoad(await samples(name), from, to);
  return {
    machine: describeMachine(),
    model,
    jobs: done.length,
    failed: done.filter(({ succeeded }) => !succeeded).length,
    clients,
    coldStartMs,
    photosPerSecond: Number((done.length / ((to - from) / 1_000)).toFixed(3)),
    latencyMs: spreadOf(done.map(({ latencyMs }) => latencyMs)),
    queueWaitMs: spreadOf(done.map(({ queueWaitMs }) => queueWaitMs)),
    stagesMs: medianStages(done),
    api: await loadOf('api'),
    worker: await loadOf('worker'),
    parsersRssMb: { peak: Math.max(0, ...parsers), last: parsers.at(-1) ?? 0, drift: drift(parsers) },
    idleRssMb: idle.apiMb + idle.workerMb + idle.parsersMb,
    memory: memorySamples,
  };
}

interface DriveSettings {
  readonly client: M2fpClient;
  readonly photos: readonly PhotoFile[];
  readonly jobs: number;
  readonly clients: number;
  readonly signal: AbortSignal;
}

/** Clients that each send a photo, wait for its result and send the next, until all jobs are done. */
async function drive(settings: DriveSettings): Promise<DrivenJob[]> {
  const { photos, jobs, clients } = settings;
  const done: DrivenJob[] = [];
  let next = 0;
  const driveNext = async (): Promise<void> => {
    while (next < jobs) {
      const photo = photos[next++ % photos.length];
      if (photo) done.push(await driveOne(photo, settings));
    }
  };
  await Promise.all(Array.from({ length: clients }, driveNext));
  return done;
}

/** What a viewer of results asks for. */
const benchedOutputs = ['masks', 'colormap', 'instances', 'overlay'] as const;

async function driveOne({ path, name }: PhotoFile, { client, signal }: DriveSettings): Promise<DrivenJob> {
  const startedAt = performance.now();
  const options = { outputs: [...benchedOutputs] };
  const { id } = await client.jobs.create(path, { options, name, signal });
  const job = await client.jobs.waitFor(id, { signal, timeoutMs: Infinity });
  const latencyMs = performance.now() - startedAt;
  const queueWaitMs = job.started_at === null ? 0 : Date.parse(job.started_at) - Date.parse(job.created_at);
  return { latencyMs, queueWaitMs, succeeded: job.status === 'succeeded', timings: job.result?.timings ?? {} };
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
