/** A program that does the same, in the language of one's choice, to copy. */
import type { SucceededJob } from '@m2fp/client/jobs';
import { signal, useSignal } from '@preact/signals';
import { h, type ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { t } from '../i18n/language.ts';
import type { PhotoJob } from '../jobs/photo-job.ts';
import { photos } from '../jobs/photo-list.ts';
import { models } from '../models.ts';
import { type ChosenOptions, optionsOfJob } from '../options/chosen-options.ts';
import { apiKey, baseUrl } from '../service.ts';
import { type SampleLanguage, sampleLanguages, writeSample } from './write-samples.ts';

interface Props {
  readonly chosen: ChosenOptions;
  /** Of the photo; an invented one by default. */
  readonly name?: string;
  /** What was made of it so. */
  readonly job?: SucceededJob;
}

const language = signal<SampleLanguage>('curl');

export function CodeSamples({ chosen, name = 'photo.jpg', job }: Props): ComponentChildren {
  const title = useId();
  const needsKey = apiKey.value !== '' || photos.value.some(({ state }) => state.value.stage === 'needs-key');
  const text = writeSample(language.value, { baseUrl, name, chosen, needsKey, ...(job && { job }) });
  return h(
    'div',
    { class: 'code-samples' },
    h('h2', { id: title }, t('code.title')),
    h(
      'div',
      { class: 'chips', role: 'group', 'aria-labelledby': title },
      (Object.keys(sampleLanguages) as SampleLanguage[]).map((one) => {
        const choose = (): void => void (language.value = one);
        const attributes = { key: one, type: 'button', class: 'chip', 'aria-pressed': one === language.value } as const;
        return h('button', { ...attributes, onClick: choose }, sampleLanguages[one]);
      }),
    ),
    // It scrolls sideways, so the keyboard has to get there.
    h('pre', { tabIndex: 0, 'aria-labelledby': title, role: 'group' }, h('code', {}, text)),
    needsKey ? h('p', { class: 'soft' }, t('code.key')) : null,
    h(CopyButton, { key: text, text }),
  );
}

/** Of a photo that is done: with the options that its job had. */
export function SamplesOfJob({ photo }: { readonly photo: PhotoJob }): ComponentChildren {
  const state = photo.state.value;
  if (state.stage !== 'done') return null;
  const { job } = state;
  return h(CodeSamples, { chosen: optionsOfJob(job, models.value[0]?.name), name: photo.name, job });
}

function CopyButton({ text }: { readonly text: string }): ComponentChildren {
  const outcome = useSignal<'code.copied' | 'code.select' | undefined>(undefined);
  const copy = async (): Promise<void> => {
    try {
      // Absent where the page came over plain HTTP.
      await navigator.clipboard.writeText(text);
      outcome.value = 'code.copied';
    } catch {
      outcome.value = 'code.select';
    }
  };
  return h('div', { class: 'row' }, [
    h('button', { type: 'button', onClick: () => void copy() }, t('code.copy')),
    h('span', { role: 'status' }, outcome.value === undefined ? '' : t(outcome.value)),
  ]);
}
