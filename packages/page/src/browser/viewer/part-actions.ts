/** What can be done with a part, or with a person: the same beside the picture and in the legend. */
import { useSignal } from '@preact/signals';
import { type ComponentChildren, h } from 'preact';
import { numberText, t } from '../i18n/language.ts';
import { canCopyPictures, copyPicture, createCutout } from './cutout.ts';
import { Icon } from './icons.ts';
import { boxAround, countPixels, select, type Selector } from './region-map.ts';
import { saveFile } from './save-file.ts';
import type { ViewedPhoto } from './viewed-photo.ts';
import { viewOfBox } from './view-transform.ts';
import { partName, type ViewerState } from './viewer-state.ts';

export function PartActions({ state, selector }: { state: ViewerState; selector: Selector }): ComponentChildren {
  const told = useSignal('');
  const { viewed } = state;
  const regions = select(viewed.map, selector);
  const photo = viewed.isOriginal ? viewed.picture : undefined;
  const cutout = (from: Blob): Promise<Blob> => createCutout(from, viewed.map, regions);
  const copy = (from: Blob) => (): void =>
    void copyPicture(cutout(from)).then(
      () => (told.value = t('viewer.copied')),
      () => (told.value = t('viewer.not-copied')),
    );
  const save = (from: Blob) => (): void =>
    void cutout(from).then(
      (file) => saveFile(file, cutoutName(state, selector)),
      () => (told.value = t('viewer.not-cut')),
    );
  const zoom = (event: MouseEvent): void => {
    const box = boxAround(regions);
    if (box) state.view.value = viewOfBox(box, viewed.map, state.stage.peek());
    if (event.currentTarget instanceof Element) showStage(event.currentTarget);
  };
  const isHidden = state.isHidden(regions);
  return h(
    'div',
    { class: 'part-actions' },
    h('p', {}, facts(state, selector)),
    h(
      'div',
      { class: 'row' },
      photo !== undefined && canCopyPictures() ? action('copy', t('viewer.copy'), copy(photo)) : null,
      photo === undefined ? null : action('save', saveLabel(viewed, selector), save(photo)),
      action('only', t('viewer.only'), () => state.showOnly(regions)),
      action(isHidden ? 'shown' : 'hidden', t(isHidden ? 'viewer.show' : 'viewer.hide'), () =>
        state.setHidden(regions, !isHidden),
      ),
      action('zoom-in', t('viewer.zoom-to'), zoom),
    ),
    h('p', { role: 'status' }, told.value),
  );
}

/** Scrolls the picture into view, if it is not there. @param node of the same viewer */
export function showStage(node: Element): void {
  node.closest('.viewer')?.querySelector('.canvas-stage')?.scrollIntoView({ block: 'nearest' });
}

function action(icon: string, label: string, onClick: (event: MouseEvent) => void): ComponentChildren {
  return h('button', { type: 'button', class: 'small', onClick }, h(Icon, { name: icon }), label);
}

/** Says what is saved: where a person is open, a part of theirs may be as well. */
function saveLabel(viewed: ViewedPhoto, { classId, personId = 0 }: Selector): string {
  return classId === undefined
    ? t('viewer.save-person', { id: personId })
    : t('viewer.save-part', { part: partName(viewed, classId) });
}

/** How large, and how sure. */
function facts({ viewed }: ViewerState, selector: Selector): string {
  const { map } = viewed;
  const pixels = countPixels(select(map, selector));
  const share = numberText(pixels / (map.width * map.height), { style: 'percent', maximumFractionDigits: 2 });
  const { classId, personId } = selector;
  const score = classId !== undefined && personId !== undefined ? viewed.score(classId, personId) : undefined;
  const sure = score === undefined ? [] : [t('viewer.score', { score })];
  return [t('viewer.pixels', { count: pixels }), t('viewer.share', { share }), ...sure].join(' · ');
}

/** `photo-person-2-hair.png` */
function cutoutName({ viewed }: ViewerState, { classId, personId }: Selector): string {
  const words = [
    viewed.name.replace(/\.[^.]+$/, ''),
    personId === undefined || personId === 0 ? '' : `person-${personId}`,
    classId === undefined ? '' : viewed.className(classId),
  ];
  return `${words
    .filter(Boolean)
    .join('-')
    .replaceAll(/[\\/:*?"<>|]+/g, '-')}.png`;
}
