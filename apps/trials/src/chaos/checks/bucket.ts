/** One set of results a job, with the bytes that an undisturbed service makes, and nothing else in the bucket. */
import { inputPrefix, sha256 } from '../photos.ts';
import type { EndedBatch } from './batches.ts';
import { type Evidence, type Finding, mapSome } from './evidence.ts';
import type { EndedJob } from './jobs.ts';

/** What may be, or has to be, at a key. */
interface Expected {
  /** SHA-256; undefined: any bytes. */
  readonly hash: string | undefined;
  /** It is a fault if it is missing. */
  readonly isNeeded: boolean;
}

export interface BucketVerdict {
  readonly objects: number;
  /** Results whose bytes were compared. */
  readonly compared: number;
  /** Uploads of which parts are left: a rule of the bucket has to end them. */
  readonly unfinishedUploads: number;
  readonly findings: readonly Finding[];
}

export async function checkBucket(
  evidence: Evidence,
  jobs: readonly EndedJob[],
  batches: readonly EndedBatch[],
): Promise<BucketVerdict> {
  const { storage, signal } = evidence;
  const expected = expectedObjects(evidence, jobs, batches);
  const keys = await listKeys(evidence);
  const stray = keys.filter((key) => !expected.has(key)).map((key) => `${key} belongs to nothing that is there`);
  const present = new Set(keys);
  const missing = [...expected].filter(([key, { isNeeded }]) => isNeeded && !present.has(key));
  let compared = 0;
  const different = await mapSome(keys, async (key) => {
    const hash = expected.get(key)?.hash;
    if (hash === undefined) return [];
    compared += 1;
    const bytes = await storage.get(key, { maxBytes: 2 ** 26, signal });
    return sha256(bytes) === hash ? [] : [`${key} has other bytes than in an undisturbed run`];
  });
  const faults = [...stray, ...missing.map(([key]) => `${key} is missing`), ...different.flat()];
  const unfinished = await unfinishedUploads(evidence);
  // A photo whose API was killed while it arrived. Nothing else is so large that it has parts.
  const others = unfinished.filter((key) => !key.startsWith(uploadPrefix));
  faults.push(...others.map((key) => `${key}: parts of it are left`));
  const counts = { objects: keys.length, compared, unfinishedUploads: unfinished.length };
  return { ...counts, findings: faults.map((what) => ({ check: 'bucket', what })) };
}

function expectedObjects(
  { owners, photos, reference }: Evidence,
  jobs: readonly EndedJob[],
  batches: readonly EndedBatch[],
): Map<string, Expected> {
  const expected = new Map<string, Expected>();
  const anything = { hash: undefined, isNeeded: true };
  for (const { name } of owners)
    for (const photo of photos) expected.set(`${inputPrefix(name)}${photo.name}`, anything);
  const addResults = (prefix: string, pair: Parameters<typeof reference.of>[0], status: string | undefined): void => {
    // What was canceled leaves nothing. What failed may leave some of its files, but no others.
    if (status !== 'succeeded' && status !== 'failed') return;
    for (const [file, hash] of reference.of(pair)) {
      expected.set(`${prefix}${file}`, { hash, isNeeded: status === 'succeeded' });
    }
  };
  for (const { accepted, view } of jobs) {
    addResults(accepted.prefix, accepted.pair, view.status);
    expected.set(accepted.inputKey, anything);
  }
  for (const { accepted, photos: outcomes, hasAnnotations } of batches) {
    const { prefix, pairs } = accepted;
    expected.set(`${prefix}manifest.jsonl`, anything);
    if (hasAnnotations) expected.set(`${prefix}annotations.json`, anything);
    for (const [index, pair] of pairs.entries()) {
      addResults(`${prefix}${String(index).padStart(6, '0')}/`, pair, outcomes[index]);
    }
  }
  return expected;
}

async function listKeys({ storage, signal }: Evidence): Promise<string[]> {
  const all: string[] = [];
  let cursor: string | undefined;
  do {
    const page = await storage.list('', { cursor, limit: 1_000, signal });
    all.push(...page.keys);
    cursor = page.cursor;
  } while (cursor !== undefined);
  // What the reference run made is there, too.
  return all.filter((key) => !key.includes(`/${referenceOwner}/`));
}

/** Owns what the undisturbed run makes. */
export const referenceOwner = 'reference';

const uploadPrefix = 'uploads/';

/** Keys of uploads in parts that were neither completed nor aborted. */
async function unfinishedUploads({ bucketUrl, signal }: Evidence): Promise<string[]> {
  const answer = await fetch(`${bucketUrl}?uploads`, { signal });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`The bucket does not list its uploads in parts: HTTP ${answer.status} ${text}`);
  return [...text.matchAll(/<Upload>.*?<Key>(.*?)<\/Key>/gs)].map(([, key = '']) => key);
}
