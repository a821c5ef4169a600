/** `1 person`, `3 people`. */
export function count(number: number, singular: string, plural: string): string {
  return `${number} ${number === 1 ? singular : plural}`;
}

/** Milliseconds as `0.84 s` or `12.3 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** Text that is safe to print in a terminal: without control characters, which could move the cursor or worse. */
export function printable(text: string): string {
  // Categories Cc and Cf: control characters, and format characters such as those that reverse text direction.
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '\uFFFD');
}
