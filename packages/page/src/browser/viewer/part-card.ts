import { type ComponentChildren, h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n/language.ts';
import { Icon } from './icons.ts';
import { PartActions, showStage } from './part-actions.ts';
import { type Box, boxAround, select } from './region-map.ts';
import { placeInside } from './place-inside.ts';
import type { ViewerState } from './viewer-state.ts';
import type { View } from './view-transform.ts';

const gapPx = 12;

interface Props {
  readonly state: ViewerState;
  /** On the stage, CSS px. */
  readonly at: { readonly x: number; readonly y: number };
}

/** What can be done with the part that was clicked, beside it. */
export function PartCard({ state, at: { x, y } }: Props): ComponentChildren {
  const node = useRef<HTMLDivElement>(null);
  const { selector } = state.chosen.value ?? {};
  const view = state.view.value;
  useEffect(() => {
    const box = selector && boxAround(select(state.viewed.map, selector));
    if (node.current && box && view) placeBeside(node.current, box, view, x, y);
  });
  // On a small screen it is at the window's foot: the part is not to be below it.
  useEffect(() => {
    if (node.current && getComputedStyle(node.current).position === 'fixed') showStage(node.current);
  }, [selector]);
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

/** To the right of the part or to its left, where there is room; otherwise near the place of the click. */
function placeBeside(node: HTMLElement, box: Box, { left, scale }: View, x: number, y: number): void {
  const start = left + box.left * scale - node.offsetWidth - gapPx;
  const end = left + box.right * scale + gapPx;
  const isRoomAfter = end + node.offsetWidth <= (node.parentElement?.clientWidth ?? 0);
  placeInside(node, isRoomAfter ? end : start > 0 ? start : x + gapPx, y - node.offsetHeight / 3);
}

function stop(event: Event): void {
  event.stopPropagation();
}
