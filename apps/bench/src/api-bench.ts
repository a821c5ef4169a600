import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeMachine, spreadOf, toMb } from '@m2fp/bench';
import { createClient, type M2fpClient } from '@m2fp/client';
import { samplePhotos } from '@m2fp/dev-services';
import sharp from 'sharp';
import type { ApiReport, CreateRound } from './api-report.ts';
import { applicationLoad, round1 } from './load-report.ts';
import { readCpuMs, readProcesses } from './memory.ts';
import { type ProbedStack, withProbedStack } from './probed-stack.ts';

export interface ApiBenchOptions {
  readonly parses: number;
  readonly creates: number;
  readonly clients: number;
  readonly rounds: number;
  readonly model: string;
}

const warmUps = 2;
const settleMs = 5_000;
/** A probe writes twice a second: the last events are in the line that follows them. */
const probeLagMs = 500;

/** Starts the service and measures its API. Nothing is left running. */
export function runApiBench(options: ApiBenchOptions, signal: AbortSignal): Promise<ApiReport> {
  // No worker takes these jobs, and no create is refused because too many are waiting.
  const environment = { MAX_BACKLOG: '10000000' };
  return withProbedStack({ model: options.model, signal, environment }, async (probed) => {
    const client = createClient({ baseUrl: probed.stack.apiUrl });
    const photo = await photoOf540p();
    const parse = await measureParse(client, photo, options.parses, signal);
    // Otherwise the worker's own work on the jobs would be measured too.
    await probed.stack.processes.worker.stop();
    const { key } = await client.uploads.create(photo, { signal });
    const creates = await measureCreates(probed, key, options, signal);
    return { machine: describeMachine(), model: options.model, parse, creates };
  });
}

async function photoOf540p(): Promise<Blob> {
  const [sample] = samplePhotos();
  const original = await readFile(sample?.path ?? '');
  const resized = await sharp(original).resize(960, 540).jpeg({ quality: 90 }).toBuffer();
  return new Blob([new Uint8Array(resized)], { type: 'image/jpeg' });
}

async function measureParse(
  client: M2fpClient,
  photo: Blob,
  photos: number,
  signal: AbortSignal,
): Promise<ApiReport['parse']> {
  for (let count = 0; count < warmUps; count++) await parseOne(client, photo, signal);
  const parsed: { wallMs: number; parseMs: number }[] = [];
  while (parsed.length < photos) parsed.push(await parseOne(client, photo, signal));
  return {
    photos,
    wallMs: spreadOf(parsed.map(({ wallMs }) => wallMs)),
    parseMs: spreadOf(parsed.map(({ parseMs }) => parseMs)),
    addedMs: spreadOf(parsed.map(({ wallMs, parseMs }) => wallMs - parseMs)),
  };
}

/** Stages around the parse, not part of it. */
const storageStages = new Set(['fetch', 'store']);

/** One photo through `POST /parse`. */
async function parseOne(client: M2fpClient, photo: Blob, signal: AbortSignal) {
  const startedAt = performance.now();
  const { data, error } = await client.api.POST('/parse', {
    // The OpenAPI document types a photo's bytes as a string.
    body: photo as unknown as string,
    bodySerializer: (body) => body,
    headers: { 'content-type': photo.type },
    signal,
  });
  const wallMs = performance.now() - startedAt;
  if (data === undefined || typeof data === 'string') throw new Error(`POST /parse: ${JSON.stringify(error)}`);
  const stages = Object.entries(data.timings).filter(([stage]) => !storageStages.has(stage));
  return { wallMs, parseMs: stages.reduce((sum, [, ms]) => sum + ms, 0) };
}

async function measureCreates(
  { stack: { apiUrl, processes }, samples }: ProbedStack,
  key: string,
  { creates: jobs, clients, rounds: count }: ApiBenchOptions,
  signal: AbortSignal,
): Promise<ApiReport['creates']> {
  const settledMb = async (): Promise<number> => {
    await sleep(settleMs, undefined, { signal });
    const api = (await readProcesses()).find(({ pid }) => pid === processes.api.pid);
    return toMb(api?.rssBytes ?? 0);
  };
  const settings = { apiUrl, key, clients, signal };
  await createMany({ ...settings, jobs: clients * 2 });
  const idleMb = await settledMb();
  const rounds: CreateRound[] = [];
  while (rounds.length < count) {
    const from = Date.now();
    const cpuFromMs = await readCpuMs(processes.api.pid);
    const created = await createMany({ ...settings, jobs });
    const cpuMs = (await readCpuMs(processes.api.pid)) ?? NaN;
    const to = Date.now();
    rounds.push({
      failed: created.filter(({ status }) => status !== 202).length,
      perSecond: round1((jobs * 1_000) / (to - from)),
      latencyMs: spreadOf(created.map(({ latencyMs }) => latencyMs)),
      cpuMs: cpuFromMs === undefined ? null : Math.round((100 * (cpuMs - cpuFromMs)) / jobs) / 100,
      settledMb: await settledMb(),
      api: applicationLoad(await samples('api'), from, to + probeLagMs),
    });
  }
  return { jobs, clients, idleMb, rounds };
}

interface CreateSettings {
  readonly apiUrl: string;
  readonly key: string;
  readonly jobs: number;
  readonly clients: number;
  readonly signal: AbortSignal;
}

/**
 * Clients that each create one job after another, each on its own connection; results are in the order of the
 * responses. Uses `node:http`, not `@m2fp/client`: `fetch` takes as much of two cores as the API being measured.
 */
async function createMany({ apiUrl, key, jobs, clients, signal }: CreateSettings) {
  const created: { latencyMs: number; status: number }[] = [];
  let begun = 0;
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const url = new URL('/v1/jobs', apiUrl);
  const body = JSON.stringify({ input: { key } });
  const client = async (): Promise<void> => {
    while (begun++ < jobs) {
      const startedAt = performance.now();
      const status = await postJson(url, body, { agent, signal });
      created.push({ latencyMs: performance.now() - startedAt, status });
    }
  };
  try {
    await Promise.all(Array.from({ length: clients }, client));
  } finally {
    agent.destroy();
  }
  return created;
}

/** Resolves to the status once the whole response has arrived. */
function postJson(url: URL, body: string, options: { agent: Agent; signal: AbortSignal }): Promise<number> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, ...options }, (response) => {
      buffer(response).then(() => resolve(response.statusCode ?? 0), reject);
    });
    sent.on('error', reject).end(body);
  });
}
