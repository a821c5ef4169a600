import { expect, test } from 'vitest';
import { type Bitmap, decodeRle, fillPolygons } from './bitmap.ts';

function drawn({ width, data }: Bitmap): string[] {
  const text = [...data].map((pixel) => (pixel === 1 ? '#' : '.')).join('');
  return text.match(new RegExp(`.{${width}}`, 'g')) ?? [];
}

// What pycocotools 2.0.11 `mask.encode` gives for the same arrays, here and below.
test.each([
  [['..', '#.', '##'], '122O'],
  [['..', '..'], '4'],
  [['##', '##'], '04'],
  [['#'], '01'],
  [['.'], '1'],
])('%j is read as pycocotools writes it', (rows, counts) => {
  expect(drawn(decodeRle({ size: [rows.length, rows[0]?.length ?? 0], counts }))).toEqual(rows);
});

test('a larger mask is read as pycocotools writes it', () => {
  const counts =
    'UP1=Z26K4L4M2M4M2N2N2N2N2N2N2O0O2N2N2O0O2O0O2N2O0O2O0O2O000O2O0O2O000O2O000O2O000O2O00000O' +
    '2O0000000O2O000000000O2O000000000000000000000000000000000000000000000000000000000001N10000' +
    '000001N100000001N1000001N10001N10001N10001N101N10001N101N101N2N101N101N2N2N101N2N2N2N2N2N2' +
    'N3L3N3L4L5JPk0';
  const { width, height, data } = decodeRle({ size: [90, 160], counts });
  expect([width, height]).toEqual([160, 90]);
  const isInside = (x: number, y: number): boolean => (x - 80) ** 2 / 4900 + (y - 45) ** 2 / 1600 < 1;
  expect(data).toEqual(Uint8Array.from(data, (_, at) => Number(isInside(at % width, Math.floor(at / width)))));
});

test('text that is not an RLE of this size is refused, and billions of pixels before any is made', () => {
  expect(() => decodeRle({ size: [2, 2], counts: '5' })).toThrow('Not an RLE of 2x2: it has 5 pixels.');
  expect(() => decodeRle({ size: [2, 2], counts: '1 ' })).toThrow('character 2 is wrong');
  expect(() => decodeRle({ size: [2, 2], counts: 'O5' })).toThrow('run 0 has -1 pixels');
  // No zeros, then 2^30 - 1 ones.
  expect(() => decodeRle({ size: [2 ** 15, 2 ** 15], counts: '0oooooo0' })).toThrow(RangeError);
  expect(() => decodeRle({ size: [2 ** 30 - 1, 1], counts: '0oooooo0' })).toThrow('more pixels than a photo has');
});

test('polygons are filled by the even-odd rule at the pixels’ centers', () => {
  const ring = [
    [0, 0, 3, 0, 3, 2, 2, 2, 2, 1, 1, 1, 1, 2, 0, 2],
    [0, 2, 3, 2, 3, 3, 0, 3],
  ];
  expect(drawn(fillPolygons(ring, 3, 3))).toEqual(['###', '#.#', '###']);
  expect(drawn(fillPolygons([[0, 0, 4, 0, 0, 4]], 4, 4))).toEqual(['####', '###.', '##..', '#...'].map(cut));
  expect(drawn(fillPolygons([[-5, -5, 9, -5, 9, 9, -5, 9]], 2, 2))).toEqual(['##', '##']);
  expect(drawn(fillPolygons([], 2, 1))).toEqual(['..']);
});

/** The triangle's long side goes through the centers of its last pixels, which are not inside then. */
function cut(row: string): string {
  return row.replace(/#(?=\.*$)/, '.');
}
