/** All photos of this page as a strip that stays in view; what is shown large is chosen here. */
import { computed, signal } from '@preact/signals';
import { h, type ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { explain } from '../error-messages.ts';
import type { TextKey } from '../i18n/en.ts';
import { t } from '../i18n/language.ts';
import type { PhotoState } from '../jobs/job-state.ts';
import type { PhotoJob } from '../jobs/photo-job.ts';
import { openedPhoto, openPhoto, photos } from '../jobs/photo-list.ts';
import { stateText } from '../jobs/progress.ts';
import { SaveAllButtons } from './save-all-buttons.ts';

const filters = {
  all: () => true,
  working: ({ stage }: PhotoState) => stage !== 'done' && stage !== 'failed',
  failed: ({ stage }: PhotoState) => stage === 'failed',
  nobody: (state: PhotoState) => state.stage === 'done' && state.job.result.people === 0,
} as const;
type Filter = keyof typeof filters;

/** What a link has opened has no name, until the service tells it. */
const listedPhotos = computed(() => photos.value.filter(({ name }) => name !== ''));

const chosenFilter = signal<Filter>('all');
const counts = computed(() => {
  const states = listedPhotos.value.map(({ state }) => state.value);
  const entries = Object.entries(filters).map(([name, isMeant]) => [name, states.filter(isMeant).length] as const);
  return Object.fromEntries(entries) as Record<Filter, number>;
});
/** What was filtered for may be gone by now: then all are shown. */
const filter = computed((): Filter => (counts.value[chosenFilter.value] === 0 ? 'all' : chosenFilter.value));
const shown = computed(() => listedPhotos.value.filter(({ state }) => filters[filter.value](state.value)));

/** The card that Tab leads to; the arrow keys go on from there. */
const reached = signal<string | undefined>(undefined);

export function Gallery(): ComponentChildren {
  if (listedPhotos.value.length === 0) return null;
  return h(
    'section',
    { class: 'gallery', 'aria-labelledby': 'gallery-title' },
    h('div', { class: 'gallery-bar' }, [
      h('h2', { id: 'gallery-title' }, t('gallery.title')),
      listedPhotos.value.length < 2 ? null : h(Filters, {}),
      h(SaveAllButtons, { photos: shown.value }),
    ]),
    h(Strip, {}),
  );
}

function Filters(): ComponentChildren {
  const names = (Object.keys(filters) as Filter[]).filter((name) => name === 'all' || counts.value[name] > 0);
  if (names.length < 2) return null;
  const button = (name: Filter): ComponentChildren => {
    const choose = (): void => void (chosenFilter.value = name);
    const key: Extract<TextKey, `gallery.${Filter}`> = `gallery.${name}`;
    return h(
      'button',
      { key: name, type: 'button', class: 'chip', 'aria-pressed': name === filter.value, onClick: choose },
      t(key, { count: counts.value[name] }),
    );
  };
  return h('div', { class: 'chips', role: 'group', 'aria-label': t('gallery.filter') }, names.map(button));
}

function Strip(): ComponentChildren {
  const list = useRef<HTMLUListElement>(null);
  const current = shown.value.find(({ key }) => key === reached.value) ?? openedIn(shown.value) ?? shown.value[0];
  useEffect(() => {
    list.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [openedPhoto.value]);
  const onKeyDown = (event: KeyboardEvent): void => {
    const cards = [...(list.current?.querySelectorAll<HTMLElement>('.card') ?? [])];
    const target = cardAfter(event.key, cards, cards.indexOf(event.target as HTMLElement));
    if (target === undefined) return;
    event.preventDefault();
    target.focus();
  };
  return h(
    'ul',
    { id: 'photos', class: 'strip', ref: list, 'aria-label': t('gallery.title'), onKeyDown },
    shown.value.map((photo) => h(Card, { key: photo.key, photo, isReached: photo === current })),
  );
}

function openedIn(list: readonly PhotoJob[]): PhotoJob | undefined {
  return list.find((photo) => photo === openedPhoto.value);
}

/** Where a key leads from a card; undefined for any other key, and from elsewhere. */
function cardAfter(key: string, cards: readonly HTMLElement[], place: number): HTMLElement | undefined {
  if (place === -1) return undefined;
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown':
      return cards[place + 1];
    case 'ArrowLeft':
    case 'ArrowUp':
      return cards[place - 1];
    case 'Home':
      return cards[0];
    case 'End':
      return cards.at(-1);
  }
  return undefined;
}

interface CardProps {
  readonly photo: PhotoJob;
  readonly isReached: boolean;
}

function Card({ photo, isReached }: CardProps): ComponentChildren {
  const state = photo.state.value;
  const isOpened = photo === openedPhoto.value;
  const text = stateText(state);
  const picture = photo.thumbnail.value;
  const tabIndex = isReached ? 0 : -1;
  return h(
    'li',
    { 'data-outcome': outcomeOf(state), 'data-shown': isOpened },
    h(
      'button',
      {
        ...{ type: 'button', class: 'card', tabIndex, title: hintOf(photo) },
        ...(isOpened && { 'aria-current': 'true' }),
        onFocus: () => void (reached.value = photo.key),
        onClick: () => openPhoto(photo),
      },
      picture === undefined
        ? h('span', { class: 'no-picture' })
        : h('img', { src: picture, alt: '', width: 64, height: 64, decoding: 'async' }),
      h('span', { class: 'about' }, h('strong', {}, photo.name), h('span', { class: 'status' }, text)),
      h(Bar, { state }),
    ),
    h(CardAction, { photo, tabIndex }),
  );
}

/** All of it, where a card has too little room. */
function hintOf({ name, state: { value: state } }: PhotoJob): string {
  return state.stage === 'failed' ? `${name}: ${explain(state.error)}` : name;
}

/** Seen only: the text says the same. */
function Bar({ state }: { readonly state: PhotoState }): ComponentChildren {
  if (outcomeOf(state) !== undefined) return null;
  const share = { sending: () => ('sentShare' in state ? state.sentShare * 100 : 0), parsing: percentOf };
  const value = state.stage === 'sending' || state.stage === 'parsing' ? share[state.stage](state) : 0;
  return h('progress', { max: 100, value, 'aria-hidden': true });
}

function percentOf(state: PhotoState): number {
  return 'percent' in state ? state.percent : 0;
}

function outcomeOf({ stage }: PhotoState): 'done' | 'failed' | undefined {
  return stage === 'done' || stage === 'failed' ? stage : undefined;
}

/** What ends a photo that is under way, tries a failed one again, or takes a finished one off the list. */
function CardAction({ photo, tabIndex }: { readonly photo: PhotoJob; readonly tabIndex: number }): ComponentChildren {
  const state = photo.state.value;
  const { name } = photo;
  const button = (label: string, sign: string, onClick: () => void): ComponentChildren =>
    h('button', { type: 'button', class: 'card-action', 'aria-label': label, title: label, tabIndex, onClick }, sign);
  if (outcomeOf(state) === undefined) return button(t('gallery.cancel', { name }), '✕', () => photo.cancel());
  if (state.stage === 'failed' && state.canRetry) {
    return [
      button(t('gallery.retry', { name }), '↻', () => photo.retry()),
      button(t('gallery.remove', { name }), '✕', () => photo.remove()),
    ];
  }
  return button(t('gallery.remove', { name }), '✕', () => photo.remove());
}
