/** The parts by group, with how many pixels they have, and what can be done with each. */
import { type ComponentChildren, h } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { classGroup, classGroups, groupTitle } from '../i18n/class-names.ts';
import { listed, t } from '../i18n/language.ts';
import type { Rgb } from './colors.ts';
import { Icon } from './icons.ts';
import { PartActions } from './part-actions.ts';
import { countPixels, select, type Selector } from './region-map.ts';
import { partName, partTitle, type ViewerState } from './viewer-state.ts';

export function Legend({ state }: { state: ViewerState }): ComponentChildren {
  const { viewed, person } = state;
  const rows = viewed.parts
    .map(({ id, name }) => ({ id, group: classGroup(name), selector: selectorOf(id, person.value) }))
    .filter(({ selector }) => select(viewed.map, selector).length > 0);
  const groups = classGroups
    .map((group) => ({ group, rows: rows.filter((row) => row.group === group) }))
    .filter((group) => group.rows.length > 0);
  const missing = rows.length === 0 ? [] : viewed.sought().filter(({ id }) => rows.every((row) => row.id !== id));
  return h(
    'section',
    { class: 'parts-legend', 'aria-label': t('viewer.parts') },
    h(
      'header',
      {},
      h('h3', {}, person.value === undefined ? t('viewer.parts') : t('viewer.parts-of', { id: person.value })),
      state.hidden.value.size === 0
        ? null
        : h('button', { type: 'button', class: 'small', onClick: state.showAll }, t('viewer.show-all')),
    ),
    rows.length === 0 ? h('p', {}, t('viewer.nothing')) : null,
    groups.map(({ group, rows: members }) =>
      h(
        'section',
        { key: group, 'aria-label': groupTitle(group) },
        groups.length > 1 ? h('h4', {}, groupTitle(group)) : null,
        h(
          'ul',
          {},
          members.map(({ id, selector }) => h(LegendRow, { key: id, state, selector })),
        ),
      ),
    ),
    missing.length === 0
      ? null
      : h(
          'p',
          { class: 'soft' },
          t('viewer.not-found', { parts: listed(missing.map(({ id }) => partName(viewed, id))) }),
        ),
    [...viewed.parts, ...viewed.sought()].some(({ id }) => isOfOneSide(viewed.cardTitle(id)))
      ? h('p', { class: 'soft' }, t('viewer.own-sides'))
      : null,
  );
}

/** @param title in English */
function isOfOneSide(title: string): boolean {
  return /\b(left|right)\b/i.test(title);
}

function LegendRow({
  state,
  selector,
}: {
  state: ViewerState;
  selector: Selector & { classId: number };
}): ComponentChildren {
  const { viewed, chosen } = state;
  const regions = select(viewed.map, selector);
  const isHidden = state.isHidden(regions);
  const isOpen = chosen.value?.at === undefined && isSame(chosen.value?.selector, selector);
  const title = partTitle(viewed, selector.classId) ?? '';
  const point = (isPointed: boolean) => (): void => {
    state.pointed.value = isPointed ? { selector, isSpotlight: true } : undefined;
  };
  const open = (): void => {
    chosen.value = isOpen ? undefined : { selector };
  };
  return h(
    'li',
    { 'data-hidden': isHidden ? '' : undefined, onPointerEnter: point(true), onPointerLeave: point(false) },
    h(
      'div',
      { class: 'legend-row' },
      h(
        'button',
        {
          type: 'button',
          class: 'part',
          'aria-expanded': isOpen,
          onClick: open,
          onFocus: point(true),
          onBlur: point(false),
        },
        h(Swatch, { color: state.color.value(selector.classId) }),
        h('span', {}, title),
        h('span', { class: 'count' }, t('viewer.pixels', { count: countPixels(regions) })),
      ),
      h(
        'button',
        {
          type: 'button',
          class: 'quiet icon',
          'aria-label': t(isHidden ? 'viewer.show-part' : 'viewer.hide-part', { part: title }),
          onClick: () => state.setHidden(regions, !isHidden),
        },
        h(Icon, { name: isHidden ? 'hidden' : 'shown' }),
      ),
    ),
    isOpen ? h(PartActions, { state, selector }) : null,
  );
}

function selectorOf(classId: number, personId: number | undefined): Selector & { classId: number } {
  return personId === undefined ? { classId } : { classId, personId };
}

function isSame(a: Selector | undefined, b: Selector): boolean {
  return a !== undefined && a.classId === b.classId && a.personId === b.personId;
}

function Swatch({ color: [r, g, b] }: { color: Rgb }): ComponentChildren {
  const node = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (node.current) node.current.style.backgroundColor = `rgb(${r} ${g} ${b})`;
  });
  return h('span', { class: 'swatch', ref: node, 'aria-hidden': true });
}
