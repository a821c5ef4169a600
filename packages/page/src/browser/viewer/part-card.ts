import { type ComponentChildren, h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n/language.ts';
import { Icon } from './icons.ts';
import { PartActions } from './part-actions.ts';
import { placeInside } from './stage.ts';
import type { ViewerState } from './viewer-state.ts';

interface Props {
  readonly state: ViewerState;
  /** On the stage, CSS px. */
  readonly at: { readonly x: number; readonly y: number };
}

/** What can be done with the part that was clicked, near the place of the click. */
export function PartCard({ state, at: { x, y } }: Props): ComponentChildren {
  const node = useRef<HTMLDivElement>(null);
  const { selector } = state.chosen.value ?? {};
  useEffect(() => {
    if (node.current) placeInside(node.current, x + 14, y + 14);
  });
  if (selector === undefined) return null;
  const close = (): void => {
    state.chosen.value = undefined;
    // Where the keyboard was before.
    node.current?.parentElement?.focus({ preventScroll: true });
  };
  const title = state.title(selector);
  return h(
    'div',
    {
      class: 'part-card',
      ref: node,
      role: 'group',
      'aria-label': title,
      // The stage would take these for its own.
      onPointerDown: stop,
      onPointerMove: stop,
      onKeyDown: (event: KeyboardEvent) => {
        if (event.key === 'Escape') close();
      },
    },
    h(
      'header',
      {},
      h('strong', {}, title),
      h('button', { type: 'button', class: 'quiet icon', 'aria-label': t('viewer.close'), onClick: close }, [
        h(Icon, { name: 'close' }),
      ]),
    ),
    h(PartActions, { state, selector }),
  );
}

function stop(event: Event): void {
  event.stopPropagation();
}
