import { stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { AppError, isHiddenFile, photoLimits } from '@m2fp/contract';
import { hasPhotoExtension, type PhotoFile, photosOf } from '@m2fp/terminal';
import { type BucketUrl, parseBucketUrl } from '../buckets/bucket-url.ts';
import type { Bucket } from '../buckets/buckets.ts';
import { isWebAddress, parseWebAddress, type WebPhotos } from './web-photos.ts';

/** A photo on disk or elsewhere, or an argument that is neither a photo nor has photos in it. */
export interface FoundPhoto extends PhotoFile {
  /** Of a photo that is not on disk: its path is no path then. */
  readonly remote?: RemotePhoto;
  readonly error?: AppError;
}

export interface RemotePhoto {
  read(): Promise<Uint8Array>;
  /** When it was written last, if that is known. */
  readonly modifiedAt?: Date | undefined;
}

/** A photo whose bytes are here. */
export interface InputPhoto {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Places {
  readonly workingDir: string;
  /** Where the results go: nothing in it is a photo, unless it is named itself. */
  readonly outDir: string;
  readonly buckets: { open(name: string): Bucket | Promise<Bucket> };
  readonly web: Pick<WebPhotos, 'read'>;
  /** What `-` stands for: the same photo on each call. */
  readonly standardInput: () => Promise<InputPhoto>;
}

/**
 * What the arguments name, in order, as it is found: files, folders, `s3://bucket/prefix`, addresses of the web, and
 * `-`. One that is not a photo fails alone: the others are still parsed.
 */
export async function* findPhotos(args: readonly string[], places: Places): AsyncGenerator<FoundPhoto, void> {
  for (const arg of args) {
    try {
      yield* photosNamed(arg, places);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      const error = cause instanceof AppError ? cause : new AppError('input_not_found', message, { cause });
      yield { ...placeOf(arg, places.workingDir), error };
    }
  }
}

async function* photosNamed(arg: string, places: Places): AsyncGenerator<FoundPhoto, void> {
  const { workingDir, outDir, buckets, web, standardInput } = places;
  const inBucket = parseBucketUrl(arg);
  if (arg === '-') {
    const { name, bytes } = await standardInput();
    yield { path: arg, name, remote: { read: () => Promise.resolve(bytes) } };
  } else if (inBucket !== undefined) {
    yield* photosIn(inBucket, await buckets.open(inBucket.bucket));
  } else if (isWebAddress(arg)) {
    const address = parseWebAddress(arg);
    yield { path: address.shown, name: address.name, remote: { read: () => web.read(address) } };
  } else {
    for await (const photo of photosOf(arg, workingDir, { except: outDir })) {
      if (!('fault' in photo)) yield photo;
      else yield { ...photo, error: new AppError('input_not_found', photo.fault) };
    }
  }
}

/**
 * An object that has this very key; otherwise the photos below the prefix, called by their way from its last folder on,
 * as in a batch. Keys often have no extension: those are taken, and so are those with a photo's.
 */
async function* photosIn({ prefix }: BucketUrl, bucket: Bucket): AsyncGenerator<FoundPhoto, void> {
  const folder = prefix.lastIndexOf('/') + 1;
  const photo = (key: string, modifiedAt?: Date): FoundPhoto => {
    const remote = { read: () => bucket.get(key, photoLimits.maxBytes), modifiedAt };
    return { path: `s3://${bucket.name}/${key}`, name: key.slice(folder), remote };
  };
  if (prefix !== '' && !prefix.endsWith('/') && (await bucket.has(prefix))) {
    yield photo(prefix);
    return;
  }
  let isEmpty = true;
  for await (const { key, modifiedAt } of bucket.list(prefix)) {
    const name = key.slice(folder);
    // Folders are empty objects in the consoles of S3.
    if (name.endsWith('/') || isHiddenFile(name)) continue;
    if (extname(name) !== '' && !hasPhotoExtension(name)) continue;
    isEmpty = false;
    yield photo(key, modifiedAt);
  }
  if (isEmpty) throw new Error(`s3://${bucket.name}/${prefix} has no photos in it.`);
}

/** When it was written last, ms since 1970; undefined if that is not known. */
export async function modifiedMs({ path, remote }: FoundPhoto): Promise<number | undefined> {
  if (remote !== undefined) return remote.modifiedAt?.getTime();
  return (await stat(path).catch(() => undefined))?.mtimeMs;
}

/** What an argument that is no photo is called. */
function placeOf(arg: string, workingDir: string): PhotoFile {
  if (arg === '-') return { path: arg, name: 'stdin' };
  if (parseBucketUrl(arg) === undefined && !isWebAddress(arg)) return { path: resolve(workingDir, arg), name: arg };
  // Of an address: what is before its `@` is not for logs.
  const path = arg.replace(/^(https?:\/\/)[^/]*@/i, '$1…@');
  return { path, name: path.replace(/^\w+:\/\//, '') };
}
