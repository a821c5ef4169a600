import type { SucceededJob } from '@m2fp/client/jobs';
import { h, type ComponentChildren } from 'preact';
import { numberText, sentences, t } from '../i18n/language.ts';

/** Of a photo in which nothing was found: that this is no error, and what it may be due to. */
export function NobodyFound({ job: { result, options } }: { readonly job: SucceededJob }): ComponentChildren {
  if (!isNobodyFound(result)) return null;
  const { parts = [], person = [], score_threshold: threshold = 0 } = options;
  const reasons = [
    result.model.kind === 'portrait' ? t('result.nobody-portrait') : undefined,
    parts.length + person.length > 0 ? t('result.nobody-chosen') : undefined,
    threshold > 0 ? t('result.nobody-threshold', { threshold: numberText(threshold) }) : undefined,
  ].filter((text) => text !== undefined);
  return h('p', { class: 'notice' }, h('strong', {}, t('result.nobody')), ' ', sentences(reasons));
}

/** A model that does not tell people apart may find parts and count nobody. */
function isNobodyFound({ people, labels }: SucceededJob['result']): boolean {
  return people === 0 && labels.every(({ id, pixels }) => id === 0 || pixels === 0);
}
