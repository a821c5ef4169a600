import { count, type PhotoRow, printable, seconds } from '@m2fp/terminal';
import type { PhotoOutcome } from './parse-files.ts';

/** One finished photo in words. */
export function progressLine(outcome: PhotoOutcome, done: number, total: number): string {
  const what = outcome.ok
    ? `${count(outcome.summary.people, 'person', 'people')}, ${seconds(outcome.elapsedMs)}`
    : `failed, ${outcome.error.code}`;
  return `[${done}/${total}] ${printable(outcome.photo.name)}: ${what}`;
}

export function tableRow(outcome: PhotoOutcome): PhotoRow {
  const { name, folder } = outcome.photo;
  if (!outcome.ok) return { name, error: outcome.error };
  const { people, labels } = outcome.summary;
  return { name, people, labels: labels.map((label) => label.name), elapsedMs: outcome.elapsedMs, folder };
}

/** One line of `--json`, with the field names of the service's results. */
export function jsonLine(outcome: PhotoOutcome): string {
  const { path: photo } = outcome.photo;
  if (!outcome.ok) {
    const { code, message } = outcome.error;
    return JSON.stringify({ photo, status: 'failed', error: { code, message } });
  }
  const { summary, files, timings } = outcome;
  return JSON.stringify({ photo, status: 'succeeded', ...summary, files, timings });
}
