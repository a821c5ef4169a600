import { useSignal } from '@preact/signals';
import { h, type ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { numberText, t, textOf } from '../i18n/language.ts';
import type { PhotoState } from './job-state.ts';

/** A state in a few words. */
export function stateText(state: PhotoState): string {
  switch (state.stage) {
    case 'waiting':
      return t('state.waiting');
    case 'sending':
      return t('state.sending', { percent: Math.floor(state.sentShare * 100) });
    case 'queued':
      return state.position === undefined ? t('state.queued') : t('state.queued-at', { position: state.position });
    case 'parsing':
      return t('state.parsing', { percent: Math.round(state.percent) });
    case 'done':
      return state.job.result.people === 0 ? t('people.nobody') : t('people.count', { count: state.job.result.people });
    case 'failed':
      return textOf(`failed.${state.error.code}`) ?? t('state.failed');
    case 'needs-key':
      return t('state.needs-key');
  }
}

/** How far a photo is, with a bar, and what is known of the time that it takes. */
export function Progress({ state, name }: { readonly state: PhotoState; readonly name: string }): ComponentChildren {
  return h(
    'div',
    { class: 'progress' },
    h('h3', {}, stateText(state)),
    h('progress', { 'aria-label': t('photo.progress', { name }), max: 100, value: percentOf(state) }),
    h('p', { class: 'soft' }, details(state)),
    state.stage === 'parsing' ? h(Elapsed, { sinceMs: state.sinceMs }) : null,
  );
}

/** A bar that moves while nothing does would not be true. */
function percentOf(state: PhotoState): number {
  if (state.stage === 'sending') return state.sentShare * 100;
  return state.stage === 'parsing' ? state.percent : 0;
}

function details(state: PhotoState): string {
  if (state.stage === 'queued') {
    const { estimatedWaitS } = state;
    return estimatedWaitS === undefined ? t('wait.unknown') : t('wait.seconds', { seconds: Math.ceil(estimatedWaitS) });
  }
  if (state.stage !== 'parsing') return '';
  const { done, total, step } = state;
  const heads = done !== undefined && total !== undefined ? t('wait.heads', { done, total }) : undefined;
  return [textOf(`step.${step ?? 'start'}`), heads].filter((text) => text !== undefined).join(' · ');
}

/** The time that parsing takes, apart from that of sending and waiting. */
function Elapsed({ sinceMs }: { readonly sinceMs: number }): ComponentChildren {
  const now = useSignal(Date.now());
  useEffect(() => {
    const timer = setInterval(() => (now.value = Date.now()), 500);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, (now.value - sinceMs) / 1_000);
  const text = numberText(seconds, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return h('p', { class: 'soft numbers' }, t('wait.elapsed', { seconds: text }));
}
