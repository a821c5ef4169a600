import { stat } from 'node:fs/promises';
import { extname, resolve } from 'node:path';
import { AppError, isHiddenFile } from '@m2fp/contract';
import { hasPhotoExtension, type PhotoFile, photosOf } from '@m2fp/terminal';
import { type Bucket, type Buckets, type BucketUrl, parseBucketUrl } from '../buckets/buckets.ts';

/** A photo on disk or in a bucket, or an argument that is neither a photo nor has photos in it. */
export interface FoundPhoto extends PhotoFile {
  readonly object?: { readonly bucket: Bucket; readonly key: string; readonly modifiedAt: Date | undefined };
  readonly error?: AppError;
}

export interface Places {
  readonly workingDir: string;
  /** Where the results go: nothing in it is a photo, unless it is named itself. */
  readonly outDir: string;
  readonly buckets: Pick<Buckets, 'open'>;
}

/**
 * What the arguments name, in order, as it is found: files, folders and `s3://bucket/prefix`. One that is not a photo
 * fails alone: the others are still parsed.
 */
export async function* findPhotos(args: readonly string[], places: Places): AsyncGenerator<FoundPhoto, void> {
  const { workingDir, outDir, buckets } = places;
  for (const arg of args) {
    const url = parseBucketUrl(arg);
    try {
      if (url !== undefined) yield* photosIn(url, buckets.open(url.bucket));
      else {
        for await (const photo of photosOf(arg, workingDir, { except: outDir })) {
          if (!('fault' in photo)) yield photo;
          else yield { ...photo, error: new AppError('input_not_found', photo.fault) };
        }
      }
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      const error = cause instanceof AppError ? cause : new AppError('input_not_found', message, { cause });
      yield { path: url === undefined ? resolve(workingDir, arg) : arg, name: arg, error };
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
    return { path: `s3://${bucket.name}/${key}`, name: key.slice(folder), object: { bucket, key, modifiedAt } };
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
export async function modifiedMs({ path, object }: FoundPhoto): Promise<number | undefined> {
  if (object !== undefined) return object.modifiedAt?.getTime();
  return (await stat(path).catch(() => undefined))?.mtimeMs;
}
