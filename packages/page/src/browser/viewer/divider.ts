import { type ComponentChildren, h } from 'preact';
import { t } from '../i18n/language.ts';
import { divider, type ViewerState } from './viewer-state.ts';

/** By keyboard, of the stage's width. */
const step = 0.02;

/** A line across the stage, with the photo on its left and the parts on its right; dragged anywhere. */
export function Divider({ state }: { state: ViewerState }): ComponentChildren {
  const share = divider.value;
  if (share === undefined) return null;
  const move = (to: number): void => {
    divider.value = Math.min(1, Math.max(0, to));
  };
  const onPointerMove = (event: PointerEvent): void => {
    const node = event.currentTarget;
    if (!(node instanceof HTMLElement) || !node.hasPointerCapture(event.pointerId)) return;
    event.stopPropagation();
    const { left = 0, width = 1 } = node.parentElement?.getBoundingClientRect() ?? {};
    move((event.clientX - left) / width);
  };
  const onPointerDown = (event: PointerEvent): void => {
    event.stopPropagation();
    if (event.currentTarget instanceof HTMLElement) event.currentTarget.setPointerCapture(event.pointerId);
    state.pointed.value = undefined;
    state.tip.value = undefined;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const steps: Readonly<Record<string, number>> = {
      ...{ ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step },
      ...{ PageDown: -5 * step, PageUp: 5 * step, Home: -1, End: 1 },
    };
    const by = steps[event.key];
    if (by === undefined) return;
    event.preventDefault();
    move((divider.peek() ?? 0) + by);
  };
  return h(
    'div',
    {
      class: 'divider',
      role: 'slider',
      tabIndex: 0,
      'aria-label': t('viewer.divider'),
      'aria-orientation': 'horizontal',
      'aria-valuemin': 0,
      'aria-valuemax': 100,
      'aria-valuenow': Math.round(share * 100),
      style: { left: `${share * 100}%` },
      onPointerDown,
      onPointerMove,
      onKeyDown,
    },
    h('span', { 'aria-hidden': true }),
  );
}
