/** Mouse, pen, fingers and keys on the stage, as zooming, panning, pointing and choosing. */
import { isZoomed, panBy, resizeView, fitView, type View, zoomAt } from './view-transform.ts';
import type { ViewerState } from './viewer-state.ts';

/** A press that moves less than this is a click, CSS px. */
const clickSlackPx = 5;

/** While the page scrolls under the pointer, and for this long afterwards, the wheel goes on scrolling it. */
const scrollPauseMs = 250;

const keyZoom = 1.25;
const keyPanPx = 60;

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Listeners {
  /** Undefined: the pointer has left. */
  readonly onPoint: (at: Point | undefined) => void;
  readonly onChoose: (at: Point) => void;
}

/** @returns what takes the listeners off again */
export function connectGestures(node: HTMLElement, state: ViewerState, { onPoint, onChoose }: Listeners): () => void {
  const pressed = new Map<number, Point>();
  let start: Point | undefined;
  const off = new AbortController();
  const options = { signal: off.signal };

  const place = ({ clientX, clientY }: MouseEvent): Point => {
    const { left, top } = node.getBoundingClientRect();
    return { x: clientX - left - node.clientLeft, y: clientY - top - node.clientTop };
  };
  node.addEventListener(
    'pointerdown',
    (event) => {
      if (event.button !== 0) return;
      const at = place(event);
      pressed.set(event.pointerId, at);
      start = pressed.size === 1 ? at : undefined;
      // Not for a finger that may go on to scroll the page.
      if (event.pointerType !== 'touch' || canPan(state)) node.setPointerCapture(event.pointerId);
      onPoint(event.pointerType === 'touch' ? undefined : at);
    },
    options,
  );
  node.addEventListener(
    'pointermove',
    (event) => {
      const at = place(event);
      const before = pressed.get(event.pointerId);
      if (before === undefined) return onPoint(event.pointerType === 'touch' ? undefined : at);
      if (start !== undefined && distance(start, at) > clickSlackPx) start = undefined;
      if (pressed.size > 1) pinch(state, pressed, event.pointerId, at);
      else if (start === undefined)
        change(state, (view, photo, stage) => panBy(view, at.x - before.x, at.y - before.y, photo, stage));
      if (start === undefined || pressed.size > 1) pressed.set(event.pointerId, at);
    },
    options,
  );
  const release = (event: PointerEvent): void => {
    if (!pressed.delete(event.pointerId)) return;
    if (event.type === 'pointerup' && start !== undefined && pressed.size === 0) onChoose(place(event));
    start = undefined;
  };
  node.addEventListener('pointerup', release, options);
  node.addEventListener('pointercancel', release, options);
  // With two fingers the browser would scroll the page, and take the pointers away.
  const keepFingers = (event: TouchEvent): void => {
    if (event.touches.length > 1 && event.cancelable) event.preventDefault();
  };
  node.addEventListener('touchstart', keepFingers, { ...options, passive: false });
  node.addEventListener('touchmove', keepFingers, { ...options, passive: false });
  node.addEventListener('pointerleave', () => onPoint(undefined), options);
  connectWheel(node, state, place, off.signal);
  return () => off.abort();
}

/** Turning up zooms in and down out; a photo that is whole already lets the page scroll. */
function connectWheel(node: HTMLElement, state: ViewerState, place: (event: MouseEvent) => Point, signal: AbortSignal) {
  let scrolledAt = -Infinity;
  document.addEventListener('scroll', () => (scrolledAt = performance.now()), { signal, passive: true });
  const turn = (event: WheelEvent): void => {
    const isPinch = event.ctrlKey || event.metaKey;
    if (!isPinch && performance.now() - scrolledAt < scrollPauseMs) return;
    if (!isPinch && event.deltaY > 0 && !canPan(state)) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    // A touchpad's pinch comes in small steps.
    const step = Math.max(-120, Math.min(120, event.deltaY * lines)) * (isPinch ? 0.01 : 0.002);
    const { x, y } = place(event);
    change(state, (view, photo, stage) => zoomAt(view, Math.exp(-step), x, y, photo, stage));
  };
  node.addEventListener('wheel', turn, { signal, passive: false });
}

/** Handles a key on the stage. @returns whether it meant something */
export function handleKey(state: ViewerState, key: string): boolean {
  const pans: Readonly<Record<string, readonly [number, number]>> = {
    ArrowLeft: [keyPanPx, 0],
    ArrowRight: [-keyPanPx, 0],
    ArrowUp: [0, keyPanPx],
    ArrowDown: [0, -keyPanPx],
  };
  const pan = pans[key];
  if (pan !== undefined) {
    if (!canPan(state)) return false;
    change(state, (view, photo, stage) => panBy(view, ...pan, photo, stage));
  } else if (key === '+' || key === '=') zoomBy(state, keyZoom);
  else if (key === '-') zoomBy(state, 1 / keyZoom);
  else if (key === '0') zoomBy(state, 0);
  else return false;
  return true;
}

/** Zooms around the stage's middle; 0 shows the whole photo. */
export function zoomBy(state: ViewerState, factor: number): void {
  change(state, (view, photo, stage) =>
    factor === 0 ? fitView(photo, stage) : zoomAt(view, factor, stage.width / 2, stage.height / 2, photo, stage),
  );
}

/** Whether the photo is larger than the stage. */
export function canPan({ view, stage, viewed }: ViewerState): boolean {
  return view.value !== undefined && isZoomed(view.value, viewed.map, stage.value);
}

/** Gives the stage another size. */
export function resizeStage(state: ViewerState, width: number, height: number): void {
  const [before, after] = [state.stage.peek(), { width, height }];
  if (!(width > 0 && height > 0)) return;
  const view = state.view.peek();
  state.stage.value = after;
  const photo = state.viewed.map;
  state.view.value = view === undefined ? fitView(photo, after) : resizeView(view, photo, before, after);
}

function change(
  state: ViewerState,
  next: (view: View, photo: ViewerState['viewed']['map'], stage: { width: number; height: number }) => View,
): void {
  const view = state.view.peek();
  if (view === undefined) return;
  state.view.value = next(view, state.viewed.map, state.stage.peek());
}

/** Two fingers: what is between them stays between them. */
function pinch(state: ViewerState, pressed: ReadonlyMap<number, Point>, moved: number, at: Point): void {
  const before = pressed.get(moved);
  const other = [...pressed].find(([id]) => id !== moved)?.[1];
  if (before === undefined || other === undefined) return;
  const factor = distance(at, other) / Math.max(1, distance(before, other));
  const middle = { x: (at.x + other.x) / 2, y: (at.y + other.y) / 2 };
  change(state, (view, photo, stage) =>
    panBy(
      zoomAt(view, factor, middle.x, middle.y, photo, stage),
      (at.x - before.x) / 2,
      (at.y - before.y) / 2,
      photo,
      stage,
    ),
  );
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}
