/** The ways in which people use the service, each followed to its end and compared with what was promised. */
import { setTimeout as sleep } from 'node:timers/promises';
import { M2fpError, type Job, type M2fpClient } from '@m2fp/client';
import type { OutputName } from '@m2fp/contract';
import type { PhotoMix } from './photo-mix.ts';
import { noteUnexpected, type Tally } from './tally.ts';
import type { WebhookReceiver } from './webhook-receiver.ts';

export interface Visited {
  readonly apiUrl: string;
  readonly client: M2fpClient;
  /** Names that requests can give; visits take turns between them. */
  readonly models: readonly string[];
  /** Results are bytes without meaning. */
  readonly standIn: boolean;
  readonly mix: PhotoMix;
  /** Keys of photos that are in the bucket. */
  readonly stored: readonly string[];
  readonly receiver: WebhookReceiver;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

export interface Visit {
  readonly name: string;
  /** How many photos it is about. */
  readonly photos: number;
  /** Resolves when all that it started has ended. Throws if something else happened than was promised. */
  run(service: Visited, number: number): Promise<void>;
}

/** As people do who want to see something soon: mostly smaller than the default of 540. */
const shortSides = [192, 256, 224, 320, 192, 256, 224, 540];
const outputSets: readonly (readonly OutputName[])[] = [
  ['masks'],
  ['masks', 'colormap'],
  ['masks', 'colormap', 'instances', 'overlay'],
  ['colormap', 'cutout'],
];
const batchPhotos = 6;
/** A webhook's first attempt is made at once; the next one after five seconds. */
const webhookMs = 60_000;

const single: Visit = {
  name: 'job',
  photos: 1,
  async run(service, number) {
    const job = await create(service, number);
    const { result } = await follow(service, job);
    const [file] = result?.files ?? [];
    if (file !== undefined) await service.client.jobs.files.read(job.id, file);
  },
};

/** The photo goes straight into the bucket; the result's file is read there, too. */
const direct: Visit = {
  name: 'upload',
  photos: 1,
  async run(service, number) {
    const { client, mix, signal, tally } = service;
    const { blob, name } = mix.pick(number);
    const uploaded = await client.uploads.create(blob, { name, signal });
    const job = await client.jobs.create(uploaded, { ...request(service, number), signal });
    tally.accepted++;
    const { result } = await follow(service, job);
    const [file] = result?.files ?? [];
    if (file === undefined) return;
    const response = await fetch(file.url, { signal });
    if (!response.ok) throw new Error(`a result’s URL: HTTP ${response.status}`);
    await response.arrayBuffer();
  },
};

const announced: Visit = {
  name: 'webhook',
  photos: 1,
  async run(service, number) {
    const job = await create(service, number, { webhook: { url: service.receiver.url } });
    await follow(service, job);
    await expectWebhook(service, job.id);
  },
};

const waiting: Visit = {
  name: 'parse',
  photos: 1,
  async run({ apiUrl, mix, models, signal, standIn, tally }, number) {
    const { blob } = mix.pick(number);
    const query = new URLSearchParams({ model: modelOf(models, number), short_side: String(shortSideOf(number)) });
    // Masks are answered as JSON, which has to be some.
    if (standIn || number % 2 === 0) query.set('output', 'overlay');
    const init = { method: 'POST', body: blob, headers: { 'content-type': blob.type }, signal };
    const response = await fetch(`${apiUrl}/parse?${query.toString()}`, init);
    await response.arrayBuffer();
    if (response.status === 429 || response.status === 504) {
      tally.turnedAway++;
      return;
    }
    tally.accepted++;
    if (!response.ok) throw new Error(`HTTP ${response.status}`);
    tally.succeeded++;
  },
};

const truncated: Visit = {
  name: 'truncated photo',
  photos: 1,
  async run(service, number) {
    const { client, mix, signal, tally } = service;
    const { blob, name } = mix.truncated;
    const job = await client.jobs.create(blob, { ...request(service, number), name, signal });
    tally.accepted++;
    const { status, error } = await client.jobs.waitFor(job.id, { signal });
    if (status !== 'failed' || error?.code !== 'image_unreadable')
      throw new Error(`a truncated photo: ${status} ${error?.code}`);
    tally.failedRightly++;
  },
};

const refused: Visit = {
  name: 'refused request',
  photos: 1,
  async run({ client, mix, signal, tally }, number) {
    const [photo, code] =
      number % 2 === 0
        ? ([mix.notAPhoto.blob, 'unsupported_format'] as const)
        : ([{ key: 'inputs/nothing-here.jpg' }, 'input_not_found'] as const);
    const outcome = await client.jobs.create(photo, { signal }).catch((error: unknown) => error);
    if (!(outcome instanceof M2fpError) || outcome.code !== code) throw new Error(`not refused with ${code}`);
    tally.refusedRightly++;
  },
};

const canceled: Visit = {
  name: 'cancel',
  photos: 1,
  async run(service, number) {
    const { client, signal, tally } = service;
    const job = await create(service, number);
    await sleep((number * 97) % 700, undefined, { signal });
    await client.jobs.cancel(job.id, { signal }).catch((error: unknown) => {
      // It may have ended before.
      if (!(error instanceof M2fpError) || error.code !== 'conflict') throw error;
    });
    const { status } = await client.jobs.waitFor(job.id, { signal });
    if (status === 'canceled') tally.canceled++;
    else if (status === 'succeeded') tally.succeeded++;
    else throw new Error(`a canceled job: ${status}`);
  },
};

const batch: Visit = {
  name: 'batch',
  photos: batchPhotos,
  async run(service, number) {
    const { client, receiver, signal, stored, tally } = service;
    const keys = Array.from({ length: batchPhotos }, (_, i) => stored[(number + i) % stored.length] ?? '');
    const webhook = number % 2 === 0 ? { webhook: { url: receiver.url } } : {};
    const { id } = await client.batches.create({ keys }, { ...request(service, number), ...webhook, signal });
    tally.accepted += keys.length;
    const { status, counts } = await client.batches.waitFor(id, { signal });
    tally.succeeded += counts.succeeded;
    if (status !== 'finished' || counts.succeeded !== keys.length)
      throw new Error(`a batch: ${status}, ${counts.succeeded} of ${keys.length} photos`);
    tally.batches++;
    if (number % 2 === 0) await expectWebhook(service, id);
  },
};

/** Twenty visits, over and over. */
const usual: readonly Visit[] = [
  ...[single, waiting, direct, single, announced, single, truncated, single, waiting, direct],
  ...[single, batch, single, refused, single, announced, canceled, direct, single, waiting],
];

/** @param standIn parsers that look at no photo find none broken */
export function visitsFor({ standIn }: Pick<Visited, 'standIn'>): readonly Visit[] {
  return standIn ? usual.map((visit) => (visit === truncated ? single : visit)) : usual;
}

/** Runs a visit; whatever goes wrong is noted, nothing is thrown. */
export async function runVisit(visit: Visit, service: Visited, number: number): Promise<void> {
  try {
    await visit.run(service, number);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    noteUnexpected(service.tally, `${visit.name}: ${message}`);
  }
}

async function create(
  service: Visited,
  number: number,
  more: { readonly webhook?: { readonly url: string } } = {},
): Promise<Job> {
  const { client, mix, signal, tally } = service;
  const { blob, name } = mix.pick(number);
  const job = await client.jobs.create(blob, { ...request(service, number), ...more, name, signal });
  tally.accepted++;
  return job;
}

function request({ models }: Visited, number: number) {
  const outputs = [...(outputSets[number % outputSets.length] ?? [])];
  return { model: modelOf(models, number), options: { outputs, short_side: shortSideOf(number) } };
}

function modelOf(models: readonly string[], number: number): string {
  return models[number % models.length] ?? '';
}

function shortSideOf(number: number): number {
  return shortSides[number % shortSides.length] ?? 256;
}

async function follow({ client, signal, tally }: Visited, { id }: Job): Promise<Job> {
  const job = await client.jobs.waitFor(id, { signal });
  if (job.status !== 'succeeded') throw new Error(`${job.status} ${job.error?.code}: ${job.error?.message}`);
  tally.succeeded++;
  return job;
}

async function expectWebhook({ receiver, tally }: Visited, id: string): Promise<void> {
  if (!(await receiver.arrived(id, webhookMs))) throw new Error('a webhook did not arrive');
  tally.webhooks++;
}
