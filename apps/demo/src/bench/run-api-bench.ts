import { setTimeout as sleep } from 'node:timers/promises';
import { describeMachine, spreadOf } from '@m2fp/measure';
import sharp from 'sharp';
import type { DemoConfig } from '../config.ts';
import { samplePhotos } from '../photos/photo-source.ts';
import type { Stack } from '../stack/start-stack.ts';
import type { ApiBenchOptions } from './api-options.ts';
import type { ApiReport, CreateRound } from './api-report.ts';
import { applicationLoad, round1, toMb } from './load-report.ts';
import { parseOne, uploadPhoto } from './api-calls.ts';
import { createMany } from './create-many.ts';
import { readProbe } from './event-loop-probe-file.ts';
import { readProcesses } from './process-memory.ts';
import { withProbedStack } from './with-probed-stack.ts';

const warmUps = 2;
const settleMs = 5_000;
/** A probe writes twice a second: what happened last stands in the line after. */
const probeLagMs = 500;

/** Starts the service and measures its API. Nothing is left running. */
export async function runApiBench(
  options: ApiBenchOptions,
  config: DemoConfig,
  controller: AbortController,
): Promise<ApiReport> {
  const { signal } = controller;
  // No create is refused for the number of jobs that wait: nobody takes them.
  const environment = { MAX_BACKLOG: '10000000' };
  return withProbedStack({ config, model: options.model, signal, environment }, async ({ stack, probeFile }) => {
    const photo = await photoOf540p();
    const parse = await measureParse(stack, photo, options.parses, signal);
    // Its work on the jobs would be measured, not theirs to be created.
    await stack.processes.worker.stop();
    const creates = await measureCreates(stack, photo, options, { probeFile: probeFile('api'), signal });
    return { machine: describeMachine(), model: options.model, parse, creates };
  });
}

async function photoOf540p(): Promise<Blob> {
  const [sample] = samplePhotos();
  const resized = await sharp(sample?.path).resize(960, 540).jpeg({ quality: 90 }).toBuffer();
  return new Blob([new Uint8Array(resized)], { type: 'image/jpeg' });
}

async function measureParse({ apiUrl }: Stack, photo: Blob, photos: number, signal: AbortSignal) {
  for (let count = 0; count < warmUps; count++) await parseOne(apiUrl, photo, signal);
  const parsed: { wallMs: number; parseMs: number }[] = [];
  while (parsed.length < photos) parsed.push(await parseOne(apiUrl, photo, signal));
  return {
    photos,
    wallMs: spreadOf(parsed.map(({ wallMs }) => wallMs)),
    parseMs: spreadOf(parsed.map(({ parseMs }) => parseMs)),
    addedMs: spreadOf(parsed.map(({ wallMs, parseMs }) => wallMs - parseMs)),
  };
}

async function measureCreates(
  { apiUrl, processes }: Stack,
  photo: Blob,
  { creates: jobs, clients, rounds: count }: ApiBenchOptions,
  { probeFile, signal }: { probeFile: string; signal: AbortSignal },
): Promise<ApiReport['creates']> {
  const key = await uploadPhoto(apiUrl, photo, signal);
  const settings = { apiUrl, key, clients, signal };
  const settledMb = async (): Promise<number> => {
    await sleep(settleMs, undefined, { signal });
    const api = (await readProcesses()).find(({ pid }) => pid === processes.api.pid);
    return toMb(api?.rssBytes ?? 0);
  };
  await createMany({ ...settings, jobs: clients * 2 });
  const idleMb = await settledMb();
  const rounds: CreateRound[] = [];
  while (rounds.length < count) {
    const from = Date.now();
    const created = await createMany({ ...settings, jobs });
    const to = Date.now();
    rounds.push({
      failed: created.filter(({ status }) => status !== 202).length,
      perSecond: round1((jobs * 1_000) / (to - from)),
      latencyMs: spreadOf(created.map(({ latencyMs }) => latencyMs)),
      settledMb: await settledMb(),
      api: applicationLoad(await readProbe(probeFile), from, to + probeLagMs),
    });
  }
  return { jobs, clients, idleMb, rounds };
}
