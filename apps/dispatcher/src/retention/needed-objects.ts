/** Which objects unfinished jobs and batches still need, as far as that is told by what is on the queues. */
import { batchJobSchema, isFinal, jobDataSchema, parseKnown } from '@m2fp/contract';
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

/**
 * Says of a key whether it is needed: as the photo of an unfinished job, under its output prefix, or, while an owner
 * has an open batch, as one of the owner's uploads or under the batch's output prefix. Undefined if that cannot be
 * told: there are too many, or one is of a later version.
 */
export async function readNeeded(parts: NeededParts): Promise<((key: string) => boolean) | undefined> {
  const needed: Needed = { photos: new Set(), prefixes: new Set() };
  let count = 0;
  for (const { queues, batches } of await parts.readModels()) {
    const ids = await queues.parse.getRanges([...unfinished], 0, most);
    count += ids.length;
    if (count > most) return undefined;
    if (!(await addJobs(ids, queues.parse, parts.redis, needed))) return undefined;
    const open = await queues.batches.getRanges([...unfinished], 0, most);
    await addBatches(open, { batches, uploadPrefix: parts.uploadPrefix }, needed);
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
      const { data } = parseKnown(jobDataSchema, record.data);
      if (data === undefined) return false;
      photos.add(data.input.key);
      prefixes.add(data.output.prefix);
    }
  }
  return true;
}

async function addBatches(
  ids: readonly string[],
  { batches, uploadPrefix }: Pick<NeededParts, 'uploadPrefix'> & Pick<ServedModel, 'batches'>,
  { prefixes }: Needed,
): Promise<void> {
  for (const id of ids) {
    const batch = batchJobSchema.shape.batch.safeParse(id).success ? await batches.find(id) : undefined;
    if (batch === undefined) continue;
    prefixes.add(batch.spec.output.prefix);
    prefixes.add(`${uploadPrefix}${batch.spec.owner}/`);
    if (batch.spec.inputPrefix !== undefined) prefixes.add(batch.spec.inputPrefix);
  }
}
