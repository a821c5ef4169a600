/** The photo that is opened: large at once, and its result as soon as there is one. */
import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { h, type ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { announce } from '../announce.ts';
import { explain } from '../error-messages.ts';
import { t } from '../i18n/language.ts';
import { KeyForm } from '../key-form.ts';
import { ResultOf } from '../result-of.ts';
import { apiKey } from '../service.ts';
import { NobodyFound } from './nobody-found.ts';
import type { PhotoState } from './job-state.ts';
import type { PhotoJob } from './photo-job.ts';
import { Progress, stateText } from './progress.ts';
import { ShareLink } from './share-link.ts';

export function PhotoView({ photo }: { readonly photo: PhotoJob }): ComponentChildren {
  const heading = useRef<HTMLHeadingElement>(null);
  const jobId = photo.jobId.value;
  const stage = useComputed(() => photo.state.value.stage);
  const title = titleOf(photo);
  const isShared = jobId !== undefined && !isGone(photo.state.value);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  useSignalEffect(() => {
    if (stage.value === 'done' || stage.value === 'failed')
      announce(`${titleOf(photo)}: ${stateText(photo.state.peek())}`);
  });
  return h(
    'article',
    { class: 'photo-view' },
    h(
      'div',
      { class: 'photo-title' },
      h('h2', { ref: heading, tabIndex: -1 }, title),
      isShared ? h(ShareLink, { jobId, name: photo.name }) : null,
    ),
    h(Content, { photo, state: photo.state.value }),
  );
}

/** Its name, which a link does not tell. */
function titleOf({ name, state: { value: state } }: PhotoJob): string {
  if (name !== '') return name;
  if (state.stage !== 'failed') return t('photo.opening');
  return t(isGone(state) ? 'photo.unknown' : 'photo.not-opened');
}

/** There is nothing that a link would lead to. */
function isGone(state: PhotoState): boolean {
  return state.stage === 'failed' && (state.error.code === 'not_found' || state.error.code === 'expired');
}

function Content({ photo, state }: { readonly photo: PhotoJob; readonly state: PhotoState }): ComponentChildren {
  if (state.stage === 'done') return [h(NobodyFound, { job: state.job }), h(ResultOf, { photo, job: state.job })];
  const picture = isGone(state) ? null : h(Picture, { photo });
  return h('div', { class: 'waiting' }, picture, h(Status, { photo, state }));
}

/**
 * The visitor's own file is there at once; of a job that a link named, the API has the photo. It has the place and size
 * that the result will have.
 */
function Picture({ photo }: { readonly photo: PhotoJob }): ComponentChildren {
  const url = useSignal<string | undefined>(undefined);
  const shape = useSignal<string | undefined>(undefined);
  const isUnreadable = useSignal(false);
  // What needs a key is read once there is one.
  const isBlocked = photo.state.value.stage === 'needs-key';
  useEffect(() => {
    let isGone = false;
    const show = (file: Blob): void => {
      if (!isGone) url.value = URL.createObjectURL(file);
    };
    // A photo that cannot be read is not shown; why its job failed is told beside it.
    if (!isBlocked) photo.photo().then(show, () => undefined);
    return () => {
      isGone = true;
      if (url.peek() !== undefined) URL.revokeObjectURL(url.peek() ?? '');
    };
  }, [photo, isBlocked]);
  if (isUnreadable.value) return h('div', { class: 'preview canvas-stage' }, t('photo.no-preview'));
  const onLoad = ({ currentTarget: image }: { readonly currentTarget: HTMLImageElement }): void => {
    shape.value = `${image.naturalWidth} / ${image.naturalHeight}`;
  };
  const onError = (): void => void (isUnreadable.value = true);
  const image = h('img', { src: url.value, alt: photo.name, onLoad, onError });
  const style = { aspectRatio: shape.value ?? 'auto' };
  return h('div', { class: 'preview canvas-stage', style }, url.value === undefined ? null : image);
}

function Status({ photo, state }: { readonly photo: PhotoJob; readonly state: PhotoState }): ComponentChildren {
  if (state.stage === 'needs-key') {
    return h(
      'div',
      { class: 'panel' },
      h('h3', {}, t(apiKey.value === '' ? 'photo.needs-key' : 'photo.key-refused')),
      h(KeyForm, { onEnd: undefined }),
    );
  }
  if (state.stage === 'failed') return h(Failure, { photo, state });
  const trouble = photo.trouble.value;
  return h(
    'div',
    { class: 'panel' },
    h(Progress, { state, name: photo.name }),
    trouble === undefined ? null : h('p', { class: 'soft' }, explain(trouble)),
    h('button', { type: 'button', onClick: () => photo.cancel() }, t('photo.cancel')),
  );
}

interface FailureProps {
  readonly photo: PhotoJob;
  readonly state: Extract<PhotoState, { stage: 'failed' }>;
}

function Failure({ photo, state }: FailureProps): ComponentChildren {
  const { error, canRetry } = state;
  const isCanceled = error.code === 'canceled';
  const [label, act] = canRetry
    ? ([t('photo.retry'), () => photo.retry()] as const)
    : ([t('photo.remove'), () => photo.remove()] as const);
  return h(
    'div',
    { class: 'panel failure' },
    isGone(state) ? null : h('h3', {}, t(isCanceled ? 'photo.canceled' : 'state.failed')),
    h('p', {}, explain(error)),
    isCanceled ? null : h('p', { class: 'soft' }, h('code', {}, error.code)),
    // What a link named is in no list.
    photo.name === '' && !canRetry ? null : h('button', { type: 'button', class: 'primary', onClick: act }, label),
  );
}
