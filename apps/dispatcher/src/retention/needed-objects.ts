/** Which objects unfinished jobs and batches still need, as far as that is told by what is on the queues. */
import { batchJobSchema, isFinal, jobDataSchema } from '@m2fp/contract';
import type { Batches } from '@m2fp/queue/batches';
import { readJobRecord } from '@m2fp/queue/jobs';
import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';

export interface NeededParts {
  readonly redis: Redis;
  readonly queue: Queue;
  readonly batchQueue: Queue;
  readonly batches: Pick<Batches, 'find'>;
  readonly uploadPrefix: string;
}

const unfinished = ['wait', 'prioritized', 'delayed', 'active'] as const;
/** With more of them than that, nothing is removed until there are fewer. */
const most = 50_000;
const atOnce = 100;

/**
 * Says of a key whether it is needed: as the photo of an unfinished job, under its output prefix, or, while an owner
 * has an open batch, as one of the owner's uploads or under the batch's output prefix. Undefined if there are too many.
 */
export async function readNeeded(parts: NeededParts): Promise<((key: string) => boolean) | undefined> {
  const { queue, batchQueue, batches, redis, uploadPrefix } = parts;
  const photos = new Set<string>();
  const prefixes = new Set<string>();
  const ids = await queue.getRanges([...unfinished], 0, most);
  if (ids.length > most) return undefined;
  for (let start = 0; start < ids.length; start += atOnce) {
    const page = ids.slice(start, start + atOnce);
    for (const record of await Promise.all(page.map((id) => readJobRecord(queue, redis, id)))) {
      const data = record === undefined || isFinal(record) ? undefined : jobDataSchema.safeParse(record.data).data;
      if (data === undefined) continue;
      photos.add(data.input.key);
      prefixes.add(data.output.prefix);
    }
  }
  const open = await batchQueue.getRanges([...unfinished], 0, most);
  for (const id of open) {
    const batch = batchJobSchema.shape.batch.safeParse(id).success ? await batches.find(id) : undefined;
    if (batch === undefined) continue;
    prefixes.add(batch.spec.output.prefix);
    prefixes.add(`${uploadPrefix}${batch.spec.owner}/`);
    if (batch.spec.inputPrefix !== undefined) prefixes.add(batch.spec.inputPrefix);
  }
  const all = [...prefixes];
  return (key) => photos.has(key) || all.some((prefix) => key.startsWith(prefix));
}
