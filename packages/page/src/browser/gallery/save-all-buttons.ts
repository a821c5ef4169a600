/** Buttons that save the results of all photos that are shown, with how far that is, and a way to stop it. */
import { signal } from '@preact/signals';
import { h, type ComponentChildren } from 'preact';
import { announce } from '../announce.ts';
import { saveFile } from '../viewer/save-file.ts';
import { explain } from '../error-messages.ts';
import { t } from '../i18n/language.ts';
import type { PhotoJob } from '../jobs/photo-job.ts';
import { service } from '../service.ts';
import { type ParsedPhotoJob, saveCoco, saveZip, type SaveAll, type Saved } from './save-all.ts';

interface Collecting {
  readonly done: number;
  readonly total: number;
  readonly stop: () => void;
}

const collecting = signal<Collecting | undefined>(undefined);
/** What there is to say of the last file. */
const outcome = signal<string | undefined>(undefined);

export function SaveAllButtons({ photos }: { readonly photos: readonly PhotoJob[] }): ComponentChildren {
  const parsed = photos.flatMap(({ name, state: { value: state } }) =>
    state.stage === 'done' ? [{ name, job: state.job }] : [],
  );
  if (parsed.length === 0) return null;
  const running = collecting.value;
  return h(
    'div',
    { class: 'save-all', role: 'group', 'aria-label': t('gallery.save') },
    running === undefined
      ? [
          h('button', { type: 'button', onClick: () => void run(parsed, 'results.zip', saveZip) }, t('gallery.zip')),
          h('button', { type: 'button', onClick: () => void run(parsed, 'annotations.json', saveCoco) }, [
            t('gallery.coco'),
          ]),
        ]
      : [
          h('progress', { max: running.total, value: running.done, 'aria-label': t('gallery.save') }),
          h('span', { class: 'numbers' }, t('gallery.collecting', running)),
          h('button', { type: 'button', onClick: running.stop }, t('gallery.stop')),
        ],
    outcome.value === undefined ? null : h('span', { class: 'soft' }, outcome.value),
  );
}

async function run(
  photos: readonly ParsedPhotoJob[],
  name: string,
  save: (photos: readonly ParsedPhotoJob[], how: SaveAll) => Promise<Saved>,
): Promise<void> {
  const controller = new AbortController();
  const { signal } = controller;
  const onProgress = (done: number, total: number): void => {
    collecting.value = { done, total, stop: () => controller.abort() };
  };
  onProgress(0, photos.length);
  outcome.value = undefined;
  try {
    const read: SaveAll['read'] = (jobId, file) => service().jobs.files.read(jobId, file, { signal, ...patience });
    const { file, leftOut } = await save(photos, { read, onProgress, signal });
    saveFile(file, name);
    if (leftOut > 0) outcome.value = t('gallery.left-out', { count: leftOut });
  } catch (error) {
    if (!signal.aborted) outcome.value = explain(error);
  } finally {
    collecting.value = undefined;
    if (outcome.value !== undefined) announce(outcome.value);
  }
}

/** Of each file. */
const patience = { timeoutMs: 120_000, maxRetries: 8 } as const;
