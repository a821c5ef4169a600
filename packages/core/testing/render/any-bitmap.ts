/** Random bitmaps for property tests. */
import fc from 'fast-check';

interface Bitmap {
  readonly width: number;
  readonly height: number;
  /** One byte per pixel, row by row, 1 = set. */
  readonly bitmap: Uint8Array;
}

/**
 * Bitmaps of 1 to 24 px per side, whose rows, or columns, are empty, full or random: runs are easily lost where these
 * meet.
 */
export function anyBitmap(): fc.Arbitrary<Bitmap> {
  const sides = fc.record({ length: fc.integer({ min: 1, max: 24 }), lines: fc.integer({ min: 1, max: 24 }) });
  return sides.chain(({ length, lines }) => {
    const constant = (bit: number) => fc.constant<number[]>(Array.from({ length }, () => bit));
    const random = fc.array(fc.nat(1), { minLength: length, maxLength: length });
    const line = fc.oneof(constant(0), constant(1), random, random);
    return fc
      .tuple(fc.array(line, { minLength: lines, maxLength: lines }), fc.boolean())
      .map(([rows, isTurned]) =>
        isTurned ? turned(rows, length) : { width: length, height: lines, bitmap: join(rows) },
      );
  });
}

function join(rows: readonly (readonly number[])[]): Uint8Array {
  return Uint8Array.from(rows.flat());
}

/** Rows become columns. */
function turned(rows: readonly (readonly number[])[], length: number): Bitmap {
  const bitmap = Uint8Array.from({ length: rows.length * length }, (_, i) => {
    return rows[i % rows.length]?.[Math.floor(i / rows.length)] ?? 0;
  });
  return { width: rows.length, height: length, bitmap };
}
