/** A name of a file as it may stand in a terminal: without control characters, which could move the cursor or worse. */
export function printable(text: string): string {
  // Categories Cc and Cf: control characters, and those that turn the direction of the text.
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '\uFFFD');
}
