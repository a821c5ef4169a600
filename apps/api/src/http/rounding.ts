/** Numbers in answers have the digits that mean something. */

/** To a tenth: milliseconds, seconds, percent. */
export function tenths(value: number): number {
  return Math.round(value * 10) / 10;
}

/** A ratio, to six digits: a photo of 100,000 px is then right to a pixel. */
export function ratio(value: number): number {
  return Number(value.toPrecision(6));
}
