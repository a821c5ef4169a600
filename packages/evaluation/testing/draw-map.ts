import type { IdMap } from '../src/id-map.ts';

/** A map drawn as text: digits are ids, `.` is 0, `x` is 255. */
export function drawMap(...rows: readonly string[]): IdMap {
  const ids = Uint8Array.from(rows.join(''), (pixel) => (pixel === '.' ? 0 : pixel === 'x' ? 255 : Number(pixel)));
  return { width: rows[0]?.length ?? 0, height: rows.length, ids };
}
