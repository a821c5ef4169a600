/** A finished job's result: loaded, and loaded again when that failed. */
import type { SucceededJob } from '@m2fp/client/jobs';
import { useSignal } from '@preact/signals';
import { h, type ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { explain } from './error-messages.ts';
import { t } from './i18n/language.ts';
import type { PhotoJob } from './jobs/photo-job.ts';
import { cardLabels, cardTitle } from './models.ts';
import { ResultView } from './viewer/result-view.ts';
import { loadViewedJob, type ViewedPhoto } from './viewer/viewed-photo.ts';

interface Props {
  readonly photo: PhotoJob;
  readonly job: SucceededJob;
}

export function ResultOf({ photo, job }: Props): ComponentChildren {
  const viewed = useSignal<ViewedPhoto | undefined>(undefined);
  const error = useSignal<unknown>(undefined);
  const tries = useSignal(0);
  const attempt = tries.value;
  useEffect(() => {
    const gone = new AbortController();
    const call = { timeoutMs: 60_000, maxRetries: Infinity, signal: gone.signal };
    error.value = undefined;
    const card = { title: (name: string) => cardTitle(job.model, name), labels: () => cardLabels(job.model) };
    loadViewedJob(job, photo.name, photo.photo(), card, call).then(
      (loaded) => {
        if (!gone.signal.aborted) viewed.value = loaded;
      },
      (failure: unknown) => {
        if (!gone.signal.aborted) error.value = failure;
      },
    );
    return () => gone.abort();
  }, [photo, job, attempt]);
  return h(
    'div',
    { class: 'result-of' },
    error.value === undefined
      ? null
      : h(
          'p',
          { class: 'banner', role: 'alert' },
          explain(error.value),
          ' ',
          h('button', { type: 'button', onClick: () => tries.value++ }, t('photo.retry')),
        ),
    viewed.value === undefined ? null : h(ResultView, { viewed: viewed.value, job }),
  );
}
