import { type ComponentChildren, h, type RefObject } from 'preact';
import { t } from '../i18n/language.ts';
import { canPan, zoomBy } from './gestures.ts';
import { Icon } from './icons.ts';
import { divider, hasSafeColors, opacity, saveSafeColors, type ViewerState } from './viewer-state.ts';

const zoomStep = 1.5;

/** @param frame what fills the screen when that is asked for */
export function Toolbar({
  state,
  frame,
}: {
  state: ViewerState;
  frame: RefObject<HTMLElement | null>;
}): ComponentChildren {
  return h(
    'div',
    { class: 'viewer-tools', role: 'group', 'aria-label': t('viewer.tools') },
    h(
      'label',
      { class: 'opacity' },
      t('viewer.opacity'),
      h('input', {
        type: 'range',
        min: 0,
        max: 100,
        value: opacity.value * 100,
        onInput: (event: Event) => {
          if (event.currentTarget instanceof HTMLInputElement) opacity.value = event.currentTarget.valueAsNumber / 100;
        },
      }),
    ),
    toggle(
      'compare',
      t('viewer.compare'),
      divider.value !== undefined,
      (isOn) => (divider.value = isOn ? 0.5 : undefined),
    ),
    toggle(undefined, t('viewer.safe-colors'), hasSafeColors.value, saveSafeColors),
    h(
      'span',
      { class: 'zoom' },
      iconButton('zoom-out', t('viewer.zoom-out'), () => zoomBy(state, 1 / zoomStep), !canPan(state)),
      iconButton('zoom-in', t('viewer.zoom-in'), () => zoomBy(state, zoomStep)),
      iconButton('fit', t('viewer.fit'), () => zoomBy(state, 0), !canPan(state)),
      document.fullscreenEnabled
        ? iconButton('fullscreen', t('viewer.fullscreen'), () => toggleFullscreen(frame.current))
        : null,
    ),
  );
}

function toggle(
  icon: string | undefined,
  label: string,
  isOn: boolean,
  set: (isOn: boolean) => void,
): ComponentChildren {
  return h(
    'button',
    { type: 'button', class: 'small', 'aria-pressed': isOn, onClick: () => set(!isOn) },
    icon === undefined ? null : h(Icon, { name: icon }),
    label,
  );
}

function iconButton(icon: string, label: string, onClick: () => void, isDisabled = false): ComponentChildren {
  const attributes = { 'aria-label': label, title: label, 'aria-disabled': isDisabled, onClick };
  return h('button', { type: 'button', class: 'icon', ...attributes }, h(Icon, { name: icon }));
}

function toggleFullscreen(node: HTMLElement | null): void {
  // The browser may refuse; there is nothing to be done then, and nothing is lost.
  void (document.fullscreenElement ? document.exitFullscreen() : node?.requestFullscreen())?.catch(() => undefined);
}
