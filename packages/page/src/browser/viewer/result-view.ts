import type { SucceededJob } from '@m2fp/client/jobs';
import { effect, useSignal } from '@preact/signals';
import { type ComponentChildren, h } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { listed, numberText, t } from '../i18n/language.ts';
import { Downloads } from './downloads.ts';
import { Legend } from './legend.ts';
import { PeopleStrip } from './people-strip.ts';
import { PhotoLevels } from './photo-levels.ts';
import { readSelection, writeSelection } from './selection-address.ts';
import { Stage } from './stage.ts';
import { Toolbar } from './toolbar.ts';
import { createViewerState, type ViewerState } from './viewer-state.ts';
import type { ViewedPhoto } from './viewed-photo.ts';

interface Props {
  readonly viewed: ViewedPhoto;
  /** Whose files can be downloaded; the sample has none. */
  readonly job?: SucceededJob;
  /** Above the people and parts. */
  readonly children?: ComponentChildren;
}

/** The large view of a parsed photo. */
export function ResultView({ viewed, job, children }: Props): ComponentChildren {
  const state = useViewerState(viewed, job);
  const levels = useSignal<PhotoLevels | undefined>(undefined);
  const isUnreadable = useSignal(false);
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const opened = PhotoLevels.open(viewed.picture, viewed.map);
    let isGone = false;
    opened.then(
      (photo) => {
        if (!isGone) levels.value = photo;
      },
      () => (isUnreadable.value = true),
    );
    return () => {
      isGone = true;
      levels.value = undefined;
      void opened.then(
        (photo) => photo.close(),
        () => undefined,
      );
    };
  }, [viewed]);
  const label = `${viewed.name}: ${summary(viewed)}`;
  const picture = levels.value;
  return h(
    'article',
    { class: 'viewer' },
    h(
      'div',
      { class: 'viewer-picture', ref: frame },
      picture === undefined
        ? h('div', { class: 'canvas-stage', style: { aspectRatio: `${viewed.map.width} / ${viewed.map.height}` } }, [
            isUnreadable.value ? h('p', {}, t('viewer.unreadable')) : null,
          ])
        : h(Stage, { state, levels: picture, label }),
      h(Toolbar, { state, frame }),
    ),
    h(
      'aside',
      {},
      h('p', {}, summary(viewed), timing(viewed)),
      viewed.isOriginal ? null : h('p', { class: 'notice' }, t('viewer.photo-gone')),
      viewed.isSynthetic ? h('p', { class: 'warning' }, t('viewer.synthetic')) : null,
      children,
      picture === undefined ? null : h(PeopleStrip, { state, levels: picture }),
      h(Legend, { state }),
      job === undefined ? null : h(Downloads, { job, name: viewed.name }),
    ),
  );
}

/** What is chosen of a job's result is in the address, so that it can be passed on; the sample has none. */
function useViewerState(viewed: ViewedPhoto, job: SucceededJob | undefined): ViewerState {
  const state = useMemo(() => {
    const created = createViewerState(viewed);
    if (job !== undefined) readSelection(created, location.search);
    return created;
  }, [viewed]);
  useEffect(() => {
    if (job === undefined) return undefined;
    return effect(() => {
      const query = writeSelection(state, location.search);
      // The address may be another photo's already.
      if (query === location.search || !location.pathname.endsWith(`/jobs/${job.id}`)) return;
      history.replaceState(history.state, '', `${location.pathname}${query}`);
    });
  }, [state]);
  return state;
}

function summary({ personIds, parts }: ViewedPhoto): string {
  const people = personIds.length === 0 ? t('people.nobody') : t('people.count', { count: personIds.length });
  return listed([people, t('viewer.part-count', { count: parts.length })]);
}

/** The time that parsing took by itself, without uploading and waiting. */
function timing({ seconds, model }: ViewedPhoto): string {
  if (seconds === undefined) return '';
  return ` · ${t('viewer.took', { seconds: numberText(seconds, { maximumFractionDigits: 1 }), model })}`;
}
