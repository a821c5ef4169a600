import { useSignal } from '@preact/signals';
import { type ComponentChildren, h } from 'preact';
import { useEffect } from 'preact/hooks';
import { t } from '../i18n/language.ts';
import { ResultView } from '../viewer/result-view.ts';
import type { ViewedPhoto } from '../viewer/viewed-photo.ts';
import { divider } from '../viewer/viewer-state.ts';
import { loadSample } from './sample-photo.ts';

// Where it will be shown, its files come while the page is still starting.
if (!location.pathname.includes('/jobs/')) void loadSample().catch(() => undefined);

/** A parsed photo to play with, before there is one of the visitor's own. */
export function SamplePreview(): ComponentChildren {
  const viewed = useSignal<ViewedPhoto | undefined>(undefined);
  useEffect(() => {
    // One sees at once what is the photo and what was made of it.
    divider.value ??= 0.5;
    loadSample().then(
      (loaded) => (viewed.value = loaded),
      // Where it is missing, the page does without.
      () => undefined,
    );
    return () => (divider.value = undefined);
  }, []);
  return h(
    'section',
    { class: 'sample', 'aria-labelledby': 'sample-title' },
    h('h2', { id: 'sample-title' }, t('sample.title')),
    h('p', { class: 'soft' }, t('sample.about')),
    viewed.value === undefined ? h('div', { class: 'sample-place' }) : h(ResultView, { viewed: viewed.value }),
  );
}
