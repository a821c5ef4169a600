import { element } from './dom.ts';
import type { ParsedPhoto } from './parsed-photo.ts';
import type { Region, Viewer } from './viewer.ts';

/** Switches for classes and people. Pointing at a row, or focusing it by keyboard, highlights its region. */
export function createLegend(parsed: ParsedPhoto, viewer: Viewer): HTMLElement {
  const { hiddenClasses, hiddenPeople } = viewer.state;
  const parts = parsed.parts.map((part) =>
    row(viewer, hiddenClasses, part.id, { classId: part.id }, [
      swatch(part.color),
      part.name,
      element('span', { class: 'share' }, percent(part.share)),
    ]),
  );
  const people = parsed.personIds.map((id) => row(viewer, hiddenPeople, id, { personId: id }, [`Person ${id}`]));
  return element(
    'div',
    { class: 'legend' },
    group('Parts', parts, 'Nothing was found.'),
    people.length > 1 ? group('People', people, '') : undefined,
  );
}

function group(title: string, rows: HTMLElement[], empty: string): HTMLElement {
  const list = rows.length > 0 ? element('ul', {}, ...rows) : element('p', {}, empty);
  return element('fieldset', {}, element('legend', {}, title), list);
}

function row(viewer: Viewer, hidden: Set<number>, id: number, region: Region, content: (Node | string)[]): HTMLElement {
  const highlight = (next: Region | undefined) => () => {
    viewer.state.highlight = next;
    viewer.redraw();
  };
  const box = element('input', { type: 'checkbox', checked: true });
  box.addEventListener('change', () => {
    if (box.checked) hidden.delete(id);
    else hidden.add(id);
    viewer.redraw();
  });
  box.addEventListener('focus', highlight(region));
  box.addEventListener('blur', highlight(undefined));
  return element(
    'li',
    { onpointerenter: highlight(region), onpointerleave: highlight(undefined) },
    element('label', {}, box, ...content),
  );
}

/** A swatch is drawn, not styled: the page's security policy allows no inline styles. */
function swatch([r, g, b]: readonly [number, number, number]): HTMLCanvasElement {
  const canvas = element('canvas', { class: 'swatch', width: 16, height: 16, 'aria-hidden': 'true' });
  const context = canvas.getContext('2d');
  if (context) {
    context.fillStyle = `rgb(${r} ${g} ${b})`;
    context.fillRect(0, 0, 16, 16);
  }
  return canvas;
}

function percent(share: number): string {
  return share < 0.001 ? '<0.1%' : `${(share * 100).toFixed(1)}%`;
}
