import { expect, test } from 'vitest';
import { photoTable, type PhotoRow } from './tables.ts';

const photos: readonly PhotoRow[] = [
  { name: 'group.jpg', people: 3, labels: ['hair', 'skin'], elapsedMs: 1_230, folder: 'group' },
  { name: 'old.jpg', folder: 'old' },
  { name: 'broken.jpg', error: { code: 'image_unreadable', message: 'Not\n  an image.' } },
];

test('photos are a table as wide as the terminal', () => {
  const table = photoTable(photos, { widthColumns: 80, color: false, outDir: 'out/' });
  expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(table).toMatch(/│ group\.jpg +│ +3 │ hair, skin +│ 1\.23 s │ out\/group\/ +│/);
  expect(table).toMatch(/│ broken\.jpg +│ +- │ image_unreadable: Not an/);
});

test('in a narrow terminal they are lines that say the same', () => {
  expect(photoTable(photos, { widthColumns: 50, color: false, outDir: 'out' })).toBe(
    [
      'group.jpg: 3 people, 1.23 s',
      '  hair, skin',
      '  out/group/',
      'old.jpg: skipped: its results are there',
      'broken.jpg: image_unreadable: Not an image.',
    ].join('\n'),
  );
});

test.each([50, 120])(
  'labels are names of somebody else’s bundle: they cannot control a terminal of %i columns',
  (widthColumns) => {
    const photo: PhotoRow = {
      ...photos[0],
      name: 'a.jpg',
      people: 1,
      labels: ['x\u001b]0;y\u0007'],
      elapsedMs: 1,
      folder: 'a',
    };
    const text = photoTable([photo], { widthColumns, color: false, outDir: 'out' });
    expect(text).toContain('x');
    expect(text).not.toMatch(/[\u001b\u0007]/);
  },
);
