/**
 * The masks of all photos of a batch as one COCO data set in S3: `annotations.json`. It is streamed from the photos'
 * `masks.json` once the batch has no more photos to parse. Whatever interrupts it, it is made again from the start,
 * with the same bytes.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { commonFolder, isKeyOfUrl, outputKinds, toAppError, shownKey } from '@m2fp/contract';
import { joinDatasets, type JoinSummary, type PhotoOfSet } from '@m2fp/datasets/coco';
import type { BatchRecord, Batches } from '@m2fp/queue/batches';
import type { Logger } from '@m2fp/service/logger';
import { withinTime, type ObjectStorage } from '@m2fp/storage';
import { outcomePages } from './batch-outcomes.ts';
import { photoPrefix } from './batch-photos.ts';

export interface AnnotationsParts {
  readonly batches: Pick<Batches, 'inputs' | 'outcomes' | 'keep'>;
  readonly storage: Pick<ObjectStorage, 'get' | 'putStream'>;
  readonly log: Logger;
  /** For one `masks.json`. */
  readonly s3TimeoutMs: number;
}

/** Of the data sets of one process: each holds a part of an upload, and what is read ahead. */
const atOnce = 2;
const readsAtOnce = 4;
/** For the whole set: 100,000 photos in three hours. */
const timeoutMs = { least: 600_000, perPhoto: 100 };
/** S3 takes 10,000 parts, and a part of ours has 5 MiB. */
const maxBytes = 10_000 * 5 * 2 ** 20;

const places = createPlaces(atOnce);

/**
 * What was read and written soon is garbage outside of V8's heap, of which V8 lets 70 MB pile up. A collection takes
 * some 30 ms.
 */
const countGarbage = createGarbageCounter(3 * 2 ** 20);

/**
 * Stores it, if the batch has masks, and returns its key. Throws the signal's reason, and what a retry may mend; what
 * no retry mends is logged, and the batch has none then.
 */
export async function storeAnnotations(
  batch: BatchRecord,
  parts: AnnotationsParts,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { spec, succeeded, total } = batch;
  if (!spec.options.outputs.includes('masks') || succeeded === 0) return undefined;
  const key = `${spec.output.prefix}annotations.json`;
  const release = await places.take(signal);
  const deadline = AbortSignal.timeout(timeoutMs.least + total * timeoutMs.perPhoto);
  try {
    const within = AbortSignal.any([signal, deadline]);
    const { images, leftOut } = await joinPhotos(key, batch, parts, within);
    parts.log.info({ batch: batch.id, photos: images, failed: leftOut }, 'annotations of the batch were stored');
    return key;
  } catch (error) {
    const { code, retryable } = toAppError(error);
    if (signal.aborted || (retryable && !deadline.aborted)) throw error;
    parts.log.error({ batch: batch.id, code, err: error }, 'annotations of the batch could not be stored');
    return undefined;
  } finally {
    release();
  }
}

async function joinPhotos(
  key: string,
  batch: BatchRecord,
  parts: AnnotationsParts,
  signal: AbortSignal,
): Promise<JoinSummary> {
  const joined = joinDatasets(photosOf(batch, parts, signal), { readsAtOnce });
  await parts.storage.putStream(key, joined.chunks, { contentType: 'application/json', maxBytes, signal });
  return joined.summary();
}

async function* photosOf(
  batch: BatchRecord,
  { batches, storage, s3TimeoutMs }: AnnotationsParts,
  signal: AbortSignal,
): AsyncGenerator<PhotoOfSet, void> {
  const { folder, repeated } = await namesOf(batch, batches);
  for await (const page of outcomePages(batch, batches)) {
    signal.throwIfAborted();
    await batches.keep(batch.id);
    for (const { index, key, status } of page) {
      if (status !== 'succeeded') continue;
      const masks = `${photoPrefix(batch, index)}${outputKinds.masks.file}`;
      const get = (maxBytes: number) =>
        withinTime(s3TimeoutMs, (within) => storage.get(masks, { maxBytes, signal: within }), signal);
      const read = async (maxBytes: number) => {
        const bytes = await get(maxBytes).catch(unreadable);
        if (bytes instanceof Uint8Array) countGarbage(bytes.byteLength);
        return bytes;
      };
      const name = key.slice(folder.length);
      yield { name: repeated.has(key) ? `${index}/${name}` : name, read };
    }
  }
}

/** What is wrong with one photo's file. Throws what is wrong with more than that. */
function unreadable(error: unknown): 'too large' | undefined {
  const { code } = toAppError(error);
  if (code === 'image_too_large') return 'too large';
  if (code === 'input_not_found') return undefined;
  throw error;
}

function createGarbageCounter(mostBytes: number): (bytes: number) => void {
  let collect: (() => void) | undefined;
  // At once the first time: a batch whose photos have just been parsed leaves some, too.
  let since = mostBytes;
  return (bytes) => {
    since += bytes;
    if (since < mostBytes) return;
    since = 0;
    if (collect === undefined) {
      setFlagsFromString('--expose-gc');
      collect = runInNewContext('gc') as () => void;
    }
    collect();
  };
}

const pageSize = 1_000;

interface Names {
  readonly folder: string;
  /** What is shown of several URLs: only what follows their paths tells these photos apart. */
  readonly repeated: ReadonlySet<string>;
}

/** Photos are named from here: the folder of the batch's prefix, or the one that all its keys have in common. */
async function namesOf({ id, spec, total }: BatchRecord, batches: Pick<Batches, 'inputs'>): Promise<Names> {
  const { inputPrefix } = spec;
  const repeated = new Set<string>();
  if (inputPrefix !== undefined) return { folder: inputPrefix.slice(0, inputPrefix.lastIndexOf('/') + 1), repeated };
  let folder: string | undefined;
  /** What is shown of a URL → the URL. */
  const urls = new Map<string, string>();
  for (let start = 0; start < total; start += pageSize) {
    for (const key of await batches.inputs(id, start, pageSize)) {
      const shown = shownKey(key);
      folder = commonFolder(folder, shown);
      if (isKeyOfUrl(key) && (urls.get(shown) ?? key) !== key) repeated.add(shown);
      urls.set(shown, key);
    }
  }
  return { folder: folder ?? '', repeated };
}

/** So many have a place at a time; the others wait, in the order in which they came. */
function createPlaces(count: number) {
  const waiting: (() => void)[] = [];
  let free = count;
  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) free += 1;
    else next();
  };
  return {
    /** Resolves to what gives the place back. Throws the signal's reason if it is aborted before there is one. */
    async take(signal: AbortSignal): Promise<() => void> {
      signal.throwIfAborted();
      if (free > 0) free -= 1;
      else {
        const { promise, resolve, reject } = Promise.withResolvers<void>();
        const leave = (): void => {
          const place = waiting.indexOf(resolve);
          // Not any more, if the place has just been given.
          if (place < 0) return;
          waiting.splice(place, 1);
          reject(signal.reason as Error);
        };
        waiting.push(resolve);
        signal.addEventListener('abort', leave, { once: true });
        await promise.finally(() => signal.removeEventListener('abort', leave));
      }
      return release;
    },
  };
}
