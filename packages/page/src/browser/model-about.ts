/** The first sentences of the page: what the model parses, and what not. */
import type { Model } from '@m2fp/client/jobs';
import { h, type ComponentChildren } from 'preact';
import { classGroup, classGroups, classTitle, groupTitle } from './i18n/class-names.ts';
import { listed, sentences, t } from './i18n/language.ts';
import { modelInUse } from './models.ts';

export function ModelAbout(): ComponentChildren {
  const model = modelInUse.value;
  const [what, limits] = model === undefined ? [t('about.page')] : whatItParses(model);
  return h(
    'section',
    { class: 'about-model', 'aria-label': t('about.title') },
    h('p', { class: 'lead' }, what),
    h(
      'div',
      { class: 'about-more' },
      limits === undefined ? null : h('p', {}, limits),
      h('p', { class: 'soft' }, model === undefined ? ' ' : sentences(conditions(model))),
      model === undefined || model.labels.length === 0 ? null : h(PartsOf, { model }),
    ),
  );
}

const knownKinds = ['portrait', 'm2fp', 'm2fp-single', 'semantic'] as const;

/** Of the kinds of network that this page knows, what they do not parse, too; of others, their own sentence. */
function whatItParses({ kind, labels, summary }: Model): readonly string[] {
  const count = labels.filter(({ role }) => role === 'part').length;
  const known = knownKinds.find((other) => other === kind);
  return known === undefined ? [summary ?? t('about.page')] : [t(`about.${known}`, { count }), t(`about.${known}-not`)];
}

function conditions({ name, license, non_commercial: isMarked, synthetic, workers }: Model): string[] {
  return [
    t('about.model', { name }),
    license === null ? undefined : t('about.license', { license }),
    isMarked === true ? t('about.non-commercial') : undefined,
    synthetic === true ? t('about.synthetic') : undefined,
    workers === 0 ? t('about.no-worker') : undefined,
  ].filter((text) => text !== undefined);
}

function PartsOf({ model }: { readonly model: Model }): ComponentChildren {
  const parts = model.labels.filter(({ role }) => role === 'part');
  const groups = classGroups.map((group) => ({
    group,
    titles: parts.filter(({ name }) => classGroup(name) === group).map(({ name, title }) => classTitle(name, title)),
  }));
  return h(
    'details',
    {},
    h('summary', {}, t('about.parts', { count: parts.length })),
    h(
      'dl',
      {},
      ...groups
        .filter(({ titles }) => titles.length > 0)
        .map(({ group, titles }) =>
          h('div', { key: group }, h('dt', {}, groupTitle(group)), h('dd', {}, listed(titles))),
        ),
    ),
  );
}
