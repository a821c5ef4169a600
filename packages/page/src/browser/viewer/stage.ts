/** The picture: two canvases that are redrawn when what they show has changed, the divider, the tip and the card. */
import { effect } from '@preact/signals';
import { type ComponentChildren, h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { numberText, t } from '../i18n/language.ts';
import { Divider } from './divider.ts';
import { canPan, connectGestures, handleKey, resizeStage } from './gestures.ts';
import { densityFor, Painter, type Place } from './painter.ts';
import { PartCard } from './part-card.ts';
import { placeInside } from './place-inside.ts';
import type { PhotoLevels } from './photo-levels.ts';
import { type Region, regionAt } from './region-map.ts';
import { divider, opacity, type Tip, type ViewerState } from './viewer-state.ts';
import { photoPoint } from './view-transform.ts';

interface Point {
  readonly x: number;
  readonly y: number;
}

/** @param label says what is to be seen, for those who do not see it */
export function Stage({
  state,
  levels,
  label,
}: {
  state: ViewerState;
  levels: PhotoLevels;
  label: string;
}): ComponentChildren {
  const node = useRef<HTMLDivElement>(null);
  const base = useRef<HTMLCanvasElement>(null);
  const top = useRef<HTMLCanvasElement>(null);
  const { width, height } = state.viewed.map;

  useEffect(() => {
    if (!node.current || !base.current || !top.current) return undefined;
    const ends = [
      drawOnChange(state, levels, base.current, top.current),
      followSize(state, node.current),
      connectGestures(node.current, state, {
        onPoint: (at) => pointAt(state, at),
        onChoose: (at) => chooseAt(state, at),
      }),
    ];
    return () => {
      for (const end of ends) end();
    };
  }, [state, levels]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== node.current) return;
    if (event.key === 'Escape') state.chosen.value = undefined;
    else if (handleKey(state, event.key)) event.preventDefault();
  };
  return h(
    'div',
    {
      class: 'canvas-stage',
      ref: node,
      tabIndex: 0,
      role: 'group',
      'aria-label': `${label}. ${t('viewer.keys')}`,
      'data-zoomed': canPan(state) ? '' : undefined,
      style: { aspectRatio: `${width} / ${height}` },
      onKeyDown,
    },
    h('canvas', { ref: base, class: 'base', role: 'img', 'aria-label': label }),
    h('canvas', { ref: top, 'aria-hidden': true }),
    h(Divider, { state }),
    state.tip.value === undefined ? null : h(TipText, state.tip.value),
    state.chosen.value?.at === undefined ? null : h(PartCard, { state, at: state.chosen.value.at }),
  );
}

function TipText({ x, y, text }: Tip): ComponentChildren {
  const node = useRef<HTMLOutputElement>(null);
  useEffect(() => {
    if (node.current) placeInside(node.current, x + 14, y + 14);
  });
  return h('output', { class: 'tip', ref: node, 'aria-hidden': true }, text);
}

/** The part that is shown at a place on the stage. */
function shownAt(state: ViewerState, at: Point): Region | undefined {
  const view = state.view.peek();
  if (view === undefined) return undefined;
  const { x, y } = photoPoint(view, at.x, at.y);
  const region = regionAt(state.viewed.map, x, y);
  return region === undefined || region.classId === 0 || state.hidden.peek().has(region.id) ? undefined : region;
}

function pointAt(state: ViewerState, at: Point | undefined): void {
  const region = at && shownAt(state, at);
  const before = state.pointed.peek()?.selector;
  // The same part again needs no drawing.
  if (region?.classId !== before?.classId || region?.personId !== before?.personId)
    state.pointed.value = region && { selector: selectorOf(region), isSpotlight: false };
  const score = region && state.viewed.score(region.classId, region.personId);
  const words = region ? [state.title(region), score === undefined ? '' : numberText(score)] : [];
  state.tip.value = at && region && { ...at, text: words.filter(Boolean).join(' · ') };
}

function chooseAt(state: ViewerState, at: Point): void {
  const region = shownAt(state, at);
  state.pointed.value = undefined;
  state.tip.value = undefined;
  state.chosen.value = region && { selector: selectorOf(region), at };
}

function selectorOf({ classId, personId }: Region): { classId: number; personId: number } {
  return { classId, personId };
}

function followSize(state: ViewerState, node: HTMLElement): () => void {
  const observer = new ResizeObserver(() => resizeStage(state, node.clientWidth, node.clientHeight));
  observer.observe(node);
  resizeStage(state, node.clientWidth, node.clientHeight);
  return () => observer.disconnect();
}

/** Draws at the next frame what has changed before it, once. */
function drawOnChange(
  state: ViewerState,
  levels: PhotoLevels,
  base: HTMLCanvasElement,
  top: HTMLCanvasElement,
): () => void {
  const painter = new Painter(levels, state.viewed.map);
  const [below, above] = [base.getContext('2d'), top.getContext('2d')];
  const waiting = new Map<HTMLCanvasElement, () => void>();
  let frame = 0;
  const schedule = (canvas: HTMLCanvasElement, draw: (place: Place) => void): void => {
    const [stage, view] = [state.stage.value, state.view.value];
    if (view === undefined) return;
    const place = { view, stage, density: densityFor(stage, devicePixelRatio) };
    waiting.set(canvas, () => {
      fitCanvas(canvas, place);
      draw(place);
    });
    if (frame !== 0) return;
    frame = requestAnimationFrame(() => {
      // Before they are drawn: what fails to draw, for lack of memory say, must not keep the next ones from it.
      const draws = [...waiting.values()];
      frame = 0;
      waiting.clear();
      for (const next of draws) next();
    });
  };
  const ends = [
    effect(() => {
      const [colors, share, at] = [state.colors.value, opacity.value, divider.value];
      const x = at === undefined ? undefined : at * state.stage.value.width;
      schedule(base, (place) => below && painter.drawBase(below, place, colors, share, x));
    }),
    effect(() => {
      const highlights = state.highlights.value;
      schedule(top, (place) => above && painter.drawTop(above, place, highlights));
    }),
  ];
  void levels.makeSmaller();
  return () => {
    cancelAnimationFrame(frame);
    for (const end of ends) end();
  };
}

function fitCanvas(canvas: HTMLCanvasElement, { stage, density }: Place): void {
  const [width, height] = [Math.round(stage.width * density), Math.round(stage.height * density)];
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
}
