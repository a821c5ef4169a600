/** The photos of this page: added, restored from earlier visits, or opened by a link. */
import { computed, effect, signal, type ReadonlySignal } from '@preact/signals';
import { onReconnect, watchConnection } from '../connection.ts';
import { chosenOptions } from '../options/chosen-options.ts';
import { navigate, redirect, route } from '../route.ts';
import { apiKey } from '../service.ts';
import { isPhotoFault } from './photo-fault.ts';
import { newPhotoKey, PhotoJob, type PhotoJobEvents, type PhotoSource } from './photo-job.ts';
import { forgetJob, forgetJobIfOld, readRecentJobs, rememberJob, updateJob } from './recent-jobs.ts';
import { Slots } from './slots.ts';
import { makeThumbnail, thumbnailUrl } from './thumbnail.ts';
import { dropUnsent, keepUnsent, readUnsent } from './unsent-photos.ts';

const all = signal<readonly PhotoJob[]>([]);

/** Newest first; those that were added together are in their own order. */
export const photos: ReadonlySignal<readonly PhotoJob[]> = all;

/** The photo that the address bar names. */
export const openedPhoto = computed(() => {
  const { jobId, photoKey } = route.value;
  if (jobId === undefined && photoKey === undefined) return undefined;
  return all.value.find((photo) => (jobId === undefined ? photo.key === photoKey : photo.jobId.value === jobId));
});

const events: PhotoJobEvents = {
  onJob: (photo) => {
    void dropUnsent(photo.key);
    remember(photo, rememberJob);
    if (route.peek().photoKey === photo.key) redirect(routeOf(photo));
  },
  onEnd: (photo) => {
    if (photo.jobId.peek() === undefined && !isToBeSent(photo)) void dropUnsent(photo.key);
    remember(photo);
    if (photo.isWatched) void showPicture(photo);
    else if (isMissing(photo)) all.value = all.peek().filter((other) => other !== photo);
  },
  onRemove: (photo) => {
    const isOpened = openedPhoto.peek() === photo;
    URL.revokeObjectURL(photo.thumbnail.peek() ?? '');
    all.value = all.peek().filter((other) => other !== photo);
    void dropUnsent(photo.key);
    const id = photo.jobId.peek();
    if (id !== undefined) forgetJob(id);
    if (isOpened) navigate({});
  },
  onAnew: (photo, failedId) => {
    if (failedId !== undefined) forgetJob(failedId);
    if (failedId !== undefined && route.peek().jobId === failedId) redirect(routeOf(photo));
    void keep([photo]);
  },
};

/** Sends photos, and shows the first of them. */
export function addPhotos(files: Iterable<File>): void {
  const options = chosenOptions.peek();
  const added = [...files].map((file) =>
    create({ key: newPhotoKey(), name: file.name || 'pasted.png', options, file }),
  );
  const [first] = added;
  if (first === undefined) return;
  all.value = [...added, ...all.peek()];
  openPhoto(first);
  void keep(added);
  for (const photo of added) {
    photo.start();
    void showPicture(photo);
  }
}

export function openPhoto(photo: PhotoJob): void {
  if (openedPhoto.peek() !== photo) navigate(routeOf(photo));
}

/** Takes up what earlier visits began; from now on, the address bar decides what is shown. */
export function startPhotos(): void {
  effect(() => openLinked(route.value.jobId));
  effect(() => {
    for (const photo of all.value) photo.isWatched = photo === openedPhoto.value;
  });
  takeUpRecent();
  void takeUpUnsent();
  effect(() => {
    if (apiKey.value === '') return;
    for (const photo of all.peek()) photo.useNewKey();
    // Another key may know jobs that the one before did not.
    takeUpRecent();
  });
  onReconnect(() => all.peek().forEach((photo) => photo.reconnect()));
  watchConnection(() => all.peek().some((photo) => isUnderWay(photo)));
}

function takeUpRecent(): void {
  const known = new Set(all.peek().map((photo) => photo.jobId.peek()));
  const recent = readRecentJobs().filter(({ id }) => !known.has(id));
  const added = recent.map(({ id, name, thumbnail }) => {
    const photo = create({ key: id, name, options: {}, jobId: id });
    if (thumbnail !== undefined) setPicture(photo, thumbnail);
    return photo;
  });
  if (added.length > 0) all.value = [...all.peek(), ...added];
  for (const photo of added) photo.start();
}

async function takeUpUnsent(): Promise<void> {
  const added = (await readUnsent()).map(create);
  if (added.length > 0) all.value = [...added, ...all.peek()];
  for (const photo of added) {
    photo.start();
    void showPicture(photo);
  }
}

const linked = new WeakSet<PhotoJob>();

/** A job whose photo is not in the list: a link was opened. */
function openLinked(jobId: string | undefined): void {
  if (jobId === undefined || all.peek().some((photo) => photo.jobId.peek() === jobId)) return;
  const recent = readRecentJobs().find(({ id }) => id === jobId);
  const photo = create({ key: jobId, name: recent?.name ?? '', options: {}, jobId });
  if (recent?.thumbnail !== undefined) setPicture(photo, recent.thumbnail);
  all.value = [photo, ...all.peek()];
  photo.isWatched = true;
  linked.add(photo);
  photo.start();
}

function create(source: PhotoSource): PhotoJob {
  return new PhotoJob(source, events);
}

function routeOf(photo: PhotoJob): { jobId: string } | { photoKey: string } {
  const jobId = photo.jobId.peek();
  return jobId === undefined ? { photoKey: photo.key } : { jobId };
}

function isUnderWay(photo: PhotoJob): boolean {
  const { stage } = photo.state.peek();
  return stage === 'queued' || stage === 'parsing';
}

async function keep(unsent: readonly PhotoJob[]): Promise<void> {
  const kept = await Promise.all(
    unsent.map(async (photo) => {
      const { key, requestKey, name, options } = photo;
      return { key, requestKey, name, options, file: await photo.photo() };
    }),
  );
  await keepUnsent(kept);
  // Whatever was quicker than the database.
  for (const photo of unsent) if (!isToBeSent(photo)) void dropUnsent(photo.key);
}

/** Photos are decoded one at a time: one of 12 megapixels takes 48 MB. */
const decoding = new Slots(1);
const { signal: never } = new AbortController();
/** In base64; empty while one is made, or where none could be. */
const pictures = new WeakMap<PhotoJob, string>();

/** Makes a photo's small picture, once. */
async function showPicture(photo: PhotoJob): Promise<void> {
  if (pictures.has(photo)) return;
  pictures.set(photo, '');
  const giveBack = await decoding.take(never);
  try {
    const base64 = await makeThumbnail(await photo.picture());
    if (base64 !== undefined) setPicture(photo, base64);
    remember(photo);
  } catch {
    pictures.delete(photo);
  } finally {
    giveBack();
  }
}

function setPicture(photo: PhotoJob, base64: string): void {
  pictures.set(photo, base64);
  photo.thumbnail.value = thumbnailUrl(base64);
}

/** What has been pushed out of the list by newer ones comes back to it only if the visitor opened it. */
function remember(photo: PhotoJob, write = isOfInterest(photo) ? rememberJob : updateJob): void {
  const id = photo.jobId.peek();
  const { stage } = photo.state.peek();
  if (id === undefined || stage === 'needs-key' || !all.peek().includes(photo)) return;
  if (isMissing(photo)) return forgetJobIfOld(id);
  const thumbnail = pictures.get(photo) ?? '';
  write({ id, name: photo.name, ...(thumbnail !== '' && { thumbnail }) });
}

function isOfInterest(photo: PhotoJob): boolean {
  return photo.isWatched || linked.has(photo);
}

/** Now, or when the page is opened again. */
function isToBeSent(photo: PhotoJob): boolean {
  if (photo.jobId.peek() !== undefined || !all.peek().includes(photo)) return false;
  const state = photo.state.peek();
  return state.stage !== 'failed' || !(state.error.code === 'canceled' || isPhotoFault(state.error));
}

/** The service does not know it, or not under this key. */
function isMissing(photo: PhotoJob): boolean {
  const state = photo.state.peek();
  return state.stage === 'failed' && state.error.code === 'not_found';
}
