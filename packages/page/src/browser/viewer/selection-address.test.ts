import { expect, test } from 'vitest';
import { joinRegions } from './region-map.ts';
import { readSelection, writeSelection } from './selection-address.ts';
import type { ViewedPhoto } from './viewed-photo.ts';
import { createViewerState, type ViewerState } from './viewer-state.ts';

const labels = ['background', 'Hair', 'hat', 'l_eye'].map((name, id) => ({ id, name }));

/** Two people have hair, the second one has a hat as well. */
const viewed: ViewedPhoto = {
  ...{ name: 'two.jpg', picture: undefined, isOriginal: false, model: 'any', isSynthetic: false },
  map: joinRegions(new Uint8Array([0, 1, 1, 2]), new Uint8Array([0, 1, 2, 2]), 4, 1),
  ...{ parts: labels.slice(1, 3), sought: () => labels.slice(1), personIds: [1, 2] },
  className: (id) => labels[id]?.name ?? '',
  cardTitle: (id) => labels[id]?.name ?? '',
  ...{ color: () => [0, 0, 0], score: () => undefined },
};

const newState = (): ViewerState => createViewerState(viewed);

/** What the address says once it has been read. */
function readAndWrite(query: string): string {
  const state = newState();
  readSelection(state, query);
  return writeSelection(state, query);
}

test('an address brings back what was chosen', () => {
  for (const query of ['', '?person=2', '?person=2&part=hat', '?part=hat', '?other=1&person=1'])
    expect(readAndWrite(query), query).toBe(query);
  expect(readAndWrite('?part=hair')).toBe('?part=Hair');
});

test('what the photo does not have is ignored', () => {
  expect(readAndWrite('?person=3')).toBe('');
  expect(readAndWrite('?person=x&part=hat')).toBe('?part=hat');
  expect(readAndWrite('?person=1&part=hat')).toBe('?person=1');
  expect(readAndWrite('?person=2&part=l_eye')).toBe('?person=2');
  expect(readAndWrite('?person=0&part=background')).toBe('');
});

test('what was clicked in the picture names its person', () => {
  const state = newState();
  state.chosen.value = { selector: { classId: 1, personId: 2 }, at: { x: 0, y: 0 } };
  expect(writeSelection(state, '')).toBe('?person=2&part=Hair');
  state.chosen.value = { selector: { classId: 1, personId: 0 } };
  expect(writeSelection(state, '?person=2')).toBe('?part=Hair');
});
