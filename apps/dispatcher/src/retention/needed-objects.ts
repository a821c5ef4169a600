/** Which objects unfinished jobs and batches still need, as far as that is told by what is on the queues. */
import { batchJobSchema, isFinal, jobDataSchema } from '@m2fp/contract';
import type { Batches } from '@m2fp/queue/batches';
import { readJobRecord } from '@m2fp/queue/jobs';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { ServedModel } from '../models/serve-model.ts';

export interface NeededParts {
  readonly redis: Redis;
  /** Of all models. Throws if that is not certain. */
  readonly readModels: () => Promise<readonly Pick<ServedModel, 'queues' | 'batches'>[]>;
  readonly uploadPrefix: string;
}

const unfinished = ['wait', 'prioritized', 'delayed', 'active'] as const;
/** With more of them than that, nothing is removed until there are fewer. */
const most = 50_000;
const atOnce = 100;
/** Of open batches; beyond it, all of an owner's uploads count as named by the owner's batches. */
const mostBatchKeys = 50_000;
const batchKeysAtOnce = 1_000;

/**
 * Says of a key whether it is needed: as the photo of an unfinished job or batch, or under its output prefix. Undefined
 * if that cannot be told: there are too many, or one is of a later version.
 */
export async function readNeeded(parts: NeededParts): Promise<((key: string) => boolean) | undefined> {
  const needed: Needed = { photos: new Set(), prefixes: new Set() };
  let [count, batchKeys] = [0, 0];
  for (const { queues, batches } of await parts.readModels()) {
    const ids = await queues.parse.getRanges([...unfinished], 0, most);
    count += ids.length;
    if (count > most) return undefined;
    if (!(await addJobs(ids, queues.parse, parts.redis, needed))) return undefined;
    const open = await queues.batches.getRanges([...unfinished], 0, most);
    batchKeys = await addBatches(open, { batches, uploadPrefix: parts.uploadPrefix, batchKeys }, needed);
  }
  const all = [...needed.prefixes];
  return (key) => needed.photos.has(key) || all.some((prefix) => key.startsWith(prefix));
}

interface Needed {
  readonly photos: Set<string>;
  readonly prefixes: Set<string>;
}

/** False if it is not known what one of them needs. */
async function addJobs(
  ids: readonly string[],
  queue: Queue,
  redis: Redis,
  { photos, prefixes }: Needed,
): Promise<boolean> {
  for (let start = 0; start < ids.length; start += atOnce) {
    const page = ids.slice(start, start + atOnce);
    for (const record of await Promise.all(page.map((id) => readJobRecord(queue, redis, id)))) {
      if (record === undefined || isFinal(record)) continue;
      // A later version's may name more objects, in fields that this one does not know.
      const { data } = jobDataSchema.safeParse(record.data);
      if (data === undefined) return false;
      photos.add(data.input.key);
      prefixes.add(data.output.prefix);
    }
  }
  return true;
}

/**
 * @param batchKeys how many keys of batches were read before
 * @returns how many were read by now
 */
async function addBatches(
  ids: readonly string[],
  parts: Pick<NeededParts, 'uploadPrefix'> & Pick<ServedModel, 'batches'> & { readonly batchKeys: number },
  { photos, prefixes }: Needed,
): Promise<number> {
  const { batches, uploadPrefix } = parts;
  let { batchKeys } = parts;
  for (const id of ids) {
    const batch = batchJobSchema.shape.batch.safeParse(id).success ? await batches.find(id) : undefined;
    if (batch === undefined) continue;
    const { owner, inputPrefix, output } = batch.spec;
    prefixes.add(output.prefix);
    if (inputPrefix !== undefined) prefixes.add(inputPrefix);
    else if (batchKeys + batch.total > mostBatchKeys) prefixes.add(`${uploadPrefix}${owner}/`);
    else {
      batchKeys += batch.total;
      for await (const key of keysOf(batches, id, batch.total)) if (key.startsWith(uploadPrefix)) photos.add(key);
    }
  }
  return batchKeys;
}

async function* keysOf(batches: Pick<Batches, 'inputs'>, id: string, total: number): AsyncGenerator<string, void> {
  for (let start = 0; start < total; start += batchKeysAtOnce) yield* await batches.inputs(id, start, batchKeysAtOnce);
}
