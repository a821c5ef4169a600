import type { ObjectStorage } from '@m2fp/storage';
import type { BatchRecord, Batches } from '@m2fp/queue/batches';
import { untouched } from './outcome.ts';

const pageSize = 500;
/** S3's own limit for one object is far above; no batch comes near. */
const maxBytes = 5 * 2 ** 30;

export function manifestKey({ spec }: BatchRecord): string {
  return `${spec.output.prefix}manifest.jsonl`;
}

/** JSON Lines in S3: one line a photo, by index. Read from Redis by pages and stored as they come. */
export async function storeManifest(
  batch: BatchRecord,
  batches: Pick<Batches, 'inputs' | 'outcomes'>,
  storage: Pick<ObjectStorage, 'putStream'>,
  signal: AbortSignal,
): Promise<void> {
  const options = { contentType: 'application/x-ndjson', maxBytes, signal };
  await storage.putStream(manifestKey(batch), lines(batch, batches), options);
}

async function* lines({ id, total }: BatchRecord, batches: Pick<Batches, 'inputs' | 'outcomes'>) {
  for (let start = 0; start < total; start += pageSize) {
    const [keys, outcomes] = await Promise.all([
      batches.inputs(id, start, pageSize),
      batches.outcomes(id, start, pageSize),
    ]);
    const page = keys.map((key, place) => outcomes[place] ?? JSON.stringify(untouched(start + place, key)));
    yield Buffer.from(page.map((line) => `${line}\n`).join(''));
  }
}
