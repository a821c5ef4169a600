/** What users do meanwhile: they queue photos and batches, wait for them, send requests again, and cancel some. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Random } from '@m2fp/bench';
import type { Job } from '@m2fp/client';
import { inputPrefix, optionSets, padded, type Pair, type Photo, photoGroup, pickPair } from './photos.ts';
import type { Owner, Service } from './service.ts';

export interface LoadSettings {
  readonly seed: number;
  readonly jobs: number;
  readonly batches: number;
  readonly batchPhotos: number;
  /** Share of jobs and batches that are canceled. */
  readonly cancels: number;
  /** All of them are sent in this time, evenly. */
  readonly seconds: number;
  readonly owners: readonly Owner[];
  readonly photos: readonly Photo[];
  readonly webhookUrl: (owner: string) => string;
}

/** A job or batch that the service has accepted. */
export interface Accepted {
  readonly id: string;
  readonly owner: Owner;
  /** Of its results; ends with a slash. */
  readonly prefix: string;
  readonly hasWebhook: boolean;
  /** A cancel was answered with success. */
  isCancelAccepted: boolean;
  isCancelRequested: boolean;
  /** How it ended, as whoever waited for it heard. */
  status: string | undefined;
}

export interface AcceptedJob extends Accepted {
  readonly pair: Pair;
  /** Of the photo that it was made with. */
  readonly inputKey: string;
}

export interface AcceptedBatch extends Accepted {
  /** In order; all with the same options. */
  readonly pairs: readonly Pair[];
}

export interface Load {
  readonly jobs: readonly AcceptedJob[];
  readonly batches: readonly AcceptedBatch[];
  /** What the service did not let its users do. */
  readonly refusals: readonly string[];
  /** Of creates that were sent twice on purpose. */
  readonly repeats: number;
  /** How many have been accepted and not ended, as far as those know who wait for them. */
  unfinished(): number;
  /** Resolves when everything was sent and has ended. */
  readonly done: Promise<void>;
}

const webhookShare = 0.6;
const uploadShare = 0.3;
/** Of uploads: those that take several requests to S3. */
const largeShare = 0.1;
const repeatShare = 0.1;
const prefixShare = 0.3;
const longestCancelMs = 4_000;
/** Users who wait at the same time; more of them are started late. */
const mostWaiting = 400;

/** Starts at once. */
export function startLoad(service: Service, settings: LoadSettings, signal: AbortSignal): Load {
  const users = new Users(service, settings, signal);
  const done = users.run();
  done.catch(() => undefined);
  return {
    ...{ jobs: users.jobs, batches: users.batches, refusals: users.refusals, done },
    get repeats() {
      return users.repeats;
    },
    unfinished: () => [...users.jobs, ...users.batches].filter(({ status }) => status === undefined).length,
  };
}

class Users {
  readonly jobs: AcceptedJob[] = [];
  readonly batches: AcceptedBatch[] = [];
  readonly refusals: string[] = [];
  repeats = 0;
  readonly #service: Service;
  readonly #settings: LoadSettings;
  readonly #signal: AbortSignal;

  constructor(service: Service, settings: LoadSettings, signal: AbortSignal) {
    this.#service = service;
    this.#settings = settings;
    this.#signal = signal;
  }

  async run(): Promise<void> {
    const { seed, jobs, batches, seconds } = this.#settings;
    const total = jobs + batches;
    const startedAt = performance.now();
    const waiting = new Set<Promise<void>>();
    for (let number = 0; number < total; number++) {
      const waitMs = (number / total) * seconds * 1_000 - (performance.now() - startedAt);
      if (waitMs > 0) await sleep(waitMs, undefined, { signal: this.#signal });
      while (waiting.size >= mostWaiting) await Promise.race(waiting);
      // Batches are spread evenly among the jobs.
      const isBatch = Math.floor(((number + 1) * batches) / total) > Math.floor((number * batches) / total);
      const random = new Random(seed, 1_000 + number);
      const user = isBatch ? this.#batch(number, random) : this.#job(number, random);
      const ended = user
        .catch((error: unknown) => {
          if (!this.#signal.aborted) this.refusals.push(`${isBatch ? 'batch' : 'job'} ${number}: ${String(error)}`);
        })
        .finally(() => waiting.delete(ended));
      waiting.add(ended);
    }
    await Promise.all(waiting);
  }

  async #job(number: number, random: Random): Promise<void> {
    const { owners, photos, seed } = this.#settings;
    const owner = random.pick(owners);
    const pair = pickPair(photos, random);
    const { photo } = pair;
    const isUpload = random.chance(uploadShare);
    const bytes = random.chance(largeShare) ? padded(photo) : photo.bytes;
    const input = isUpload ? bytes : { key: `${inputPrefix(owner.name)}${photo.name}` };
    const hasWebhook = random.chance(webhookShare);
    const call = {
      ...{ options: optionSets[pair.options] ?? {}, name: photo.name, metadata: { number: `${number}` } },
      ...(hasWebhook ? { webhook: this.#webhook(owner) } : {}),
      ...{ idempotencyKey: `job ${seed} ${number}`, signal: this.#signal },
    };
    const cancelAfterMs = this.#cancelAfterMs(random);
    const isRepeated = random.chance(repeatShare);
    const job = await owner.client.jobs.create(input, call);
    const accepted: AcceptedJob = {
      ...{ id: job.id, owner, prefix: job.output.prefix, pair, hasWebhook, inputKey: job.input.key ?? '' },
      ...{ isCancelAccepted: false, isCancelRequested: cancelAfterMs !== undefined, status: undefined },
    };
    this.jobs.push(accepted);
    const again = isRepeated ? owner.client.jobs.create(input, call) : undefined;
    if (cancelAfterMs !== undefined) await this.#cancelJob(accepted, cancelAfterMs);
    if (again !== undefined) this.#compare(job, await again);
    accepted.status = (await owner.client.jobs.waitFor(job.id, { signal: this.#signal, timeoutMs: Infinity })).status;
  }

  #compare(first: Job, second: Job): void {
    this.repeats += 1;
    if (first.id !== second.id) this.refusals.push(`A repeated create made a second job: ${first.id}, ${second.id}`);
  }

  async #cancelJob(job: AcceptedJob, afterMs: number): Promise<void> {
    await sleep(afterMs, undefined, { signal: this.#signal });
    await job.owner.client.jobs.cancel(job.id, { signal: this.#signal });
    job.isCancelAccepted = true;
  }

  async #batch(number: number, random: Random): Promise<void> {
    const { seed } = this.#settings;
    const owner = random.pick(this.#settings.owners);
    const options = random.below(optionSets.length);
    const { input, chosen } = this.#photosOfBatch(owner, random);
    const hasWebhook = random.chance(webhookShare);
    const cancelAfterMs = this.#cancelAfterMs(random);
    const isRepeated = random.chance(repeatShare);
    const body = { input, options: optionSets[options], ...(hasWebhook ? { webhook: this.#webhook(owner) } : {}) };
    const init = { method: 'POST', body, idempotencyKey: `batch ${seed} ${number}` };
    const create = () =>
      this.#service.request<{ id: string; output: { prefix: string } }>(owner, '/v1/batches', this.#signal, init);
    const { id, output } = await create();
    const accepted: AcceptedBatch = {
      ...{ id, owner, prefix: output.prefix, pairs: chosen.map((photo) => ({ photo, options })), hasWebhook },
      ...{ isCancelAccepted: false, isCancelRequested: cancelAfterMs !== undefined, status: undefined },
    };
    this.batches.push(accepted);
    if (isRepeated) this.#compareBatches(id, (await create()).id);
    if (cancelAfterMs !== undefined) {
      await sleep(cancelAfterMs, undefined, { signal: this.#signal });
      await this.#service.request(owner, `/v1/batches/${id}/cancel`, this.#signal, { method: 'POST' });
      accepted.isCancelAccepted = true;
    }
    accepted.status = await this.#batchEnd(owner, id);
  }

  /** By their keys, or by what the names of some begin with. */
  #photosOfBatch({ name: owner }: Owner, random: Random): { readonly input: object; readonly chosen: Photo[] } {
    const { photos, batchPhotos } = this.#settings;
    if (random.chance(prefixShare)) {
      const group = photoGroup(random.pick(photos));
      const chosen = photos.filter((photo) => photoGroup(photo) === group);
      return { input: { prefix: `${inputPrefix(owner)}${group}` }, chosen };
    }
    const rest = [...photos];
    const size = Math.min(batchPhotos, photos.length);
    const chosen = Array.from({ length: size }, () => rest.splice(random.below(rest.length), 1)).flat();
    return { input: { keys: chosen.map(({ name }) => `${inputPrefix(owner)}${name}`) }, chosen };
  }

  #compareBatches(first: string, second: string): void {
    this.repeats += 1;
    if (first !== second) this.refusals.push(`A repeated create made a second batch: ${first}, ${second}`);
  }

  async #batchEnd(owner: Owner, id: string): Promise<string> {
    for (;;) {
      const { status } = await this.#service.request<{ status: string }>(owner, `/v1/batches/${id}`, this.#signal);
      if (status === 'finished' || status === 'failed' || status === 'canceled') return status;
      await sleep(2_000, undefined, { signal: this.#signal });
    }
  }

  #webhook({ name }: Owner): { url: string } {
    return { url: this.#settings.webhookUrl(name) };
  }

  /** Undefined for those that are not canceled. Many at once, while they wait. */
  #cancelAfterMs(random: Random): number | undefined {
    return random.chance(this.#settings.cancels) ? random.below(longestCancelMs) : undefined;
  }
}
