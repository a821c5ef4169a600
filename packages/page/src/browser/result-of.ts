/** A finished job's result: loaded, and loaded again when that failed. */
import type { SucceededJob } from '@m2fp/client';
import { useSignal } from '@preact/signals';
import { h, type ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { explain } from './error-messages.ts';
import { t } from './i18n/language.ts';
import type { PhotoJob } from './jobs/photo-job.ts';
import { loadParsedPhoto } from './parsed-photo.ts';
import { createResultView } from './result-view.ts';

export function ResultOf({ photo, job }: { readonly photo: PhotoJob; readonly job: SucceededJob }): ComponentChildren {
  const host = useRef<HTMLDivElement>(null);
  const error = useSignal<unknown>(undefined);
  useEffect(() => {
    const gone = new AbortController();
    let close = (): void => undefined;
    const load = async (): Promise<void> => {
      const [parsed, bitmap] = await Promise.all([
        loadParsedPhoto(job, { timeoutMs: 60_000, maxRetries: Infinity, signal: gone.signal }),
        photo.photo().then((file) => createImageBitmap(file)),
      ]);
      if (gone.signal.aborted) return bitmap.close();
      const view = createResultView(job, photo.name, bitmap, parsed, (failure) => (error.value = failure));
      close = () => view.close();
      host.current?.replaceChildren(view.node);
    };
    load().catch((failure: unknown) => {
      if (!gone.signal.aborted) error.value = failure;
    });
    return () => {
      gone.abort();
      close();
    };
  }, [photo, job]);
  return h(
    'div',
    { class: 'result-of' },
    job.result.people === 0 ? h('p', { class: 'notice' }, t('result.nobody')) : null,
    error.value === undefined ? null : h('p', { class: 'banner', role: 'alert' }, explain(error.value)),
    h('div', { ref: host }),
  );
}
