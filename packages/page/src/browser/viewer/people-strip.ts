/** Everybody in the photo, as a crop that shows whose parts the legend then lists. */
import { type ComponentChildren, h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n/language.ts';
import { PartActions } from './part-actions.ts';
import type { PhotoLevels, Rectangle } from './photo-levels.ts';
import { type Box, boxAround, select } from './region-map.ts';
import type { ViewerState } from './viewer-state.ts';

/** The crop's canvas, twice its size on the page, px. */
const cropPx = 128;

/** Nobody has more than a person id of one byte; of a crowd, the first are shown. */
const maxCrops = 100;

export function PeopleStrip({ state, levels }: { state: ViewerState; levels: PhotoLevels }): ComponentChildren {
  const { viewed, person } = state;
  if (viewed.personIds.length === 0) return null;
  return h(
    'section',
    { class: 'people', 'aria-label': t('viewer.people') },
    h(
      'ul',
      {},
      viewed.personIds.length === 1
        ? null
        : h('li', {}, h('button', { ...choice(state, undefined), class: 'everybody' }, t('viewer.everybody'))),
      viewed.personIds
        .slice(0, maxCrops)
        .map((id) =>
          h(
            'li',
            { key: id },
            h(
              'button',
              { ...choice(state, id), 'aria-label': t('viewer.person', { id }) },
              h(Crop, { levels, box: boxAround(select(viewed.map, { personId: id })) }),
              h('span', {}, id),
            ),
          ),
        ),
    ),
    person.value === undefined ? null : h(PartActions, { state, selector: { personId: person.value } }),
  );
}

function choice(state: ViewerState, id: number | undefined) {
  const point = (isPointed: boolean) => (): void => {
    state.pointed.value = isPointed && id !== undefined ? { selector: { personId: id }, isSpotlight: true } : undefined;
  };
  const isChosen = state.person.value === id;
  return {
    type: 'button' as const,
    'aria-pressed': isChosen,
    onClick: () => state.choosePerson(isChosen ? undefined : id),
    ...{ onPointerEnter: point(true), onPointerLeave: point(false), onFocus: point(true), onBlur: point(false) },
  };
}

function Crop({ levels, box }: { levels: PhotoLevels; box: Box | undefined }): ComponentChildren {
  const node = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = node.current?.getContext('2d');
    if (!context || box === undefined) return;
    const from = squareIn(box, levels.size);
    const whole = { x: 0, y: 0, width: cropPx, height: cropPx };
    levels.draw(context, from, whole, cropPx / from.width);
  }, [levels, box]);
  return h('canvas', { ref: node, width: cropPx, height: cropPx, 'aria-hidden': true });
}

/** A square of the photo around the upper end of a box, which is where faces are, with a little room. */
export function squareIn(box: Box, photo: { readonly width: number; readonly height: number }): Rectangle {
  const [width, height] = [box.right - box.left, box.bottom - box.top];
  const side = Math.min(Math.max(width, Math.min(height, width * 1.25)) * 1.1, photo.width, photo.height);
  const x = (box.left + box.right - side) / 2;
  const y = box.top - side * 0.05;
  return {
    x: Math.max(0, Math.min(x, photo.width - side)),
    y: Math.max(0, Math.min(y, photo.height - side)),
    width: side,
    height: side,
  };
}
