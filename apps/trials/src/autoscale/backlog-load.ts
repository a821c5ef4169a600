/** A backlog of photos that comes at once, half as single jobs and half as a batch, and proof that none is lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { M2fpClient } from '@m2fp/client';
import type { ObjectStorage } from '@m2fp/storage';

export interface BacklogLoad {
  readonly client: M2fpClient;
  readonly storage: ObjectStorage;
  /** As requests name it. */
  readonly model: string;
  readonly photos: number;
  /** Keys in the bucket, which take turns. */
  readonly keys: readonly string[];
  /** Where the results go: nothing else is there. */
  readonly resultsPrefix: string;
  readonly signal: AbortSignal;
}

export interface BacklogOutcome {
  /** From the first create on, until its client saw its job's end, s. */
  readonly firstResultS: number;
  /** Until no photo is left, s. */
  readonly doneS: number;
  /** Accepted, and not succeeded, or without its results in the bucket. */
  readonly lost: number;
  /** Results that nobody asked for. */
  readonly doubled: number;
  /** Single jobs that were started more than once. */
  readonly repeated: number;
}

const createsAtOnce = 20;
const pollMs = 250;
/** The backlog may be a second old: before the last photo. */
const staleMs = 1_500;
/** Until photos that have no outcome count as lost. */
const patienceMs = 3_600_000;
const options = { outputs: ['masks'] as 'masks'[], short_side: 256 };

/** @param onDone called when no photo is left */
export async function runBacklog(load: BacklogLoad, onDone: () => void): Promise<BacklogOutcome> {
  const { client, photos, keys, model } = load;
  const signal = AbortSignal.any([load.signal, AbortSignal.timeout(patienceMs)]);
  const startedAt = performance.now();
  const elapsedS = (): number => (performance.now() - startedAt) / 1_000;
  const key = (i: number): string => keys[i % keys.length] ?? '';
  const single = Math.ceil(photos / 2);

  const first = await client.jobs.create({ key: key(0) }, { model, options, signal });
  const firstResult = client.jobs.waitFor(first.id, { signal, timeoutMs: patienceMs }).then(elapsedS);
  // Where it is waited for, nothing may have been thrown before.
  firstResult.catch(() => undefined);
  const ids = [first.id];
  for (let i = 1; i < single; i += createsAtOnce) {
    const numbers = Array.from({ length: Math.min(createsAtOnce, single - i) }, (_, j) => i + j);
    const jobs = numbers.map((number) => client.jobs.create({ key: key(number) }, { model, options, signal }));
    ids.push(...(await Promise.all(jobs)).map(({ id }) => id));
  }
  const inBatch = Array.from({ length: photos - single }, (_, i) => key(single + i));
  const batch = await client.batches.create({ keys: inBatch }, { model, options, signal });

  await sleep(staleMs, undefined, { signal });
  while ((await client.models.backlog(model, { signal })).photos > 0) await sleep(pollMs, undefined, { signal });
  const doneS = elapsedS();
  onDone();
  const jobs = await Promise.all(ids.map((id) => client.jobs.waitFor(id, { signal, timeoutMs: patienceMs })));
  const ofBatch = (await client.batches.waitFor(batch.id, { signal, timeoutMs: patienceMs })).counts.succeeded;
  const succeeded = jobs.filter(({ status }) => status === 'succeeded').length + ofBatch;
  const stored = await countMasks(load, signal);
  return {
    ...{ firstResultS: await firstResult, doneS },
    ...{ lost: photos - Math.min(succeeded, stored), doubled: Math.max(0, stored - photos) },
    repeated: jobs.filter(({ attempts }) => attempts > 1).length,
  };
}

/** Each job has a folder of its own, with one `masks.json`. */
async function countMasks({ storage, resultsPrefix }: BacklogLoad, signal: AbortSignal): Promise<number> {
  let [count, cursor]: [number, string | undefined] = [0, undefined];
  do {
    const page = await storage.list(resultsPrefix, { cursor, signal });
    count += page.keys.filter((key) => key.endsWith('/masks.json')).length;
    cursor = page.cursor;
  } while (cursor !== undefined);
  return count;
}
