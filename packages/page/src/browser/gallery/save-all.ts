/** The results of many photos in one file, made in the browser: a zip of everything, or one COCO data set. */
import { fileName, type ResultFile, type SucceededJob } from '@m2fp/client/jobs';
import { t } from '../i18n/language.ts';
import { joinMasks } from './join-masks.ts';
import { placePhotos, type PlacedPhoto } from './result-names.ts';

/** A photo whose job has succeeded. */
export interface ParsedPhotoJob {
  readonly name: string;
  readonly job: SucceededJob;
}

export interface SaveAll {
  /** Reads one file of a job, with as many tries as make sense. */
  readonly read: (jobId: string, file: ResultFile, signal: AbortSignal) => Promise<Blob>;
  readonly onProgress: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

export interface Saved {
  readonly file: Blob;
  /** Files that could not be read, and are not in it. */
  readonly leftOut: number;
}

/** As many as a browser opens to one server by itself; the thumbnails want some, too. */
const readsAtOnce = 4;

/** `annotations.json`: what `m2fp parse DIR` writes for a folder of these photos. Throws the signal's reason. */
export async function saveCoco(photos: readonly ParsedPhotoJob[], save: SaveAll): Promise<Saved> {
  const placed = placePhotos(photos);
  const files = placed.flatMap(({ photo }) => photo.job.result.files.filter(isMasks).map((file) => ({ photo, file })));
  const texts = new Map<ParsedPhotoJob, string>();
  await readAll(files, save, async ({ photo }, blob) => void texts.set(photo, await blob.text()));
  const { pieces, summary } = joinMasks(placed.map(({ photo, name }) => ({ name, masks: texts.get(photo) })));
  return { file: new Blob(pieces, { type: 'application/json' }), leftOut: summary.leftOut };
}

/** Below 4 GiB, where sizes in zip files end, with room for names and for what joins the photos. */
const zipMaxBytes = 3.5 * 2 ** 30;

/** A folder for each photo, and `annotations.json` beside them. Throws the signal's reason. */
export async function saveZip(photos: readonly ParsedPhotoJob[], save: SaveAll): Promise<Saved> {
  const { Zip, ZipPassThrough } = await import('fflate');
  const placed = placePhotos(photos);
  const bytes = placed.flatMap(filesOf).reduce((sum, { file }) => sum + file.bytes, 0);
  if (bytes > zipMaxBytes) throw new Error(t('gallery.zip-too-large'));
  // As blobs, which the browser may keep on disk: all files of many photos are more than a phone's memory.
  const pieces: Blob[] = [];
  const zip = new Zip((error, piece) => {
    if (error !== null) throw error;
    pieces.push(new Blob([piece]));
  });
  // The files are compressed already: they are stored as they are.
  const add = async (path: string, file: Blob): Promise<void> => {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const entry = new ZipPassThrough(path);
    zip.add(entry);
    entry.push(bytes, true);
  };
  const texts = new Map<ParsedPhotoJob, string>();
  const leftOut = await readAll(placed.flatMap(filesOf), save, async ({ photo, path, file }, blob) => {
    if (isMasks(file)) texts.set(photo, await blob.text());
    await add(path, blob);
  });
  const { pieces: joined } = joinMasks(placed.map(({ photo, name }) => ({ name, masks: texts.get(photo) })));
  await add('annotations.json', new Blob(joined));
  zip.end();
  return { file: new Blob(pieces, { type: 'application/zip' }), leftOut };
}

function filesOf({ photo, folder }: PlacedPhoto<ParsedPhotoJob>) {
  return photo.job.result.files.map((file) => ({ photo, file, path: `${folder}/${fileName(file)}` }));
}

function isMasks({ output }: ResultFile): boolean {
  return output === 'masks';
}

/** Reads a few at a time, and takes them in their order, so that the same photos give the same file. */
async function readAll<Item extends { readonly photo: ParsedPhotoJob; readonly file: ResultFile }>(
  items: readonly Item[],
  { read, onProgress, signal }: SaveAll,
  take: (item: Item, blob: Blob) => Promise<void>,
): Promise<number> {
  const readOne = (item: Item): Promise<Blob | undefined> =>
    read(item.photo.job.id, item.file, signal).catch(() => undefined);
  const reading: Promise<Blob | undefined>[] = [];
  let leftOut = 0;
  for (const [place, item] of items.entries()) {
    while (reading.length < items.length && reading.length < place + readsAtOnce) {
      const next = items[reading.length];
      if (next !== undefined) reading.push(readOne(next));
    }
    const blob = await reading[place];
    signal.throwIfAborted();
    if (blob === undefined) leftOut += 1;
    else await take(item, blob);
    onProgress(place + 1, items.length);
  }
  return leftOut;
}
