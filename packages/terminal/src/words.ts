/** `1 person`, `3 people`. */
export function count(number: number, singular: string, plural: string): string {
  return `${number} ${number === 1 ? singular : plural}`;
}

/** Milliseconds as `0.84 s` or `12.3 s`. */
export function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}

/** `3 h 5 min`, `12 min`, `40 s`: for what is left. */
export function duration(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 2) return `${Math.round(ms / 1_000)} s`;
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** How far a photo is. */
export interface StageOfPhoto {
  /** What is done: `decoded`, `detected` … */
  readonly stage?: string | null | undefined;
  /** So many of `total` heads. */
  readonly done?: number | undefined;
  readonly total?: number | undefined;
}

/** What is being done with a photo, by what was done last. */
const nextSteps: Readonly<Record<string, string>> = {
  fetched: 'decoding',
  decoded: 'finding people',
  detected: 'finding parts',
  segmented: 'painting',
  rendered: 'writing files',
  parsed: 'storing',
  stored: 'stored',
};

/** As in `photo.jpg: head 2 of 4`. */
export function stepInWords({ stage, done, total }: StageOfPhoto): string {
  if (stage === 'detected' && done !== undefined && total !== undefined && done < total) {
    return `head ${done + 1} of ${total}`;
  }
  return nextSteps[stage ?? ''] ?? 'parsing';
}

/** Messages of several lines, where there is room for one. */
export function oneLine(text: string): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .join(' ');
}

/** Text that is safe to print in a terminal: without control characters, which could move the cursor or worse. */
export function printable(text: string): string {
  // Categories Cc and Cf: control characters, and format characters such as those that reverse text direction.
  return text.replace(/[\p{Cc}\p{Cf}]/gu, '\uFFFD');
}
