/** What became of a run's photos: counts of all of them, details of the first ones only. */
import { count, oneLine, type PhotoRow, photoTable, printable, type TableSettings } from '@m2fp/terminal';
import type { PhotoOutcome } from './parse-files.ts';

/** A table with more rows helps nobody, and there may be a million photos. */
const mostRows = 100;

interface Failure {
  readonly photo: string;
  readonly code: string;
  readonly message: string;
}

/** As `--json` prints it on its last line. */
export interface RunSummary {
  readonly photos: number;
  readonly parsed: number;
  readonly skipped: number;
  readonly failed: number;
  /** How many failed, by code. */
  readonly failed_by_code: Readonly<Record<string, number>>;
  /** The first ones. */
  readonly failures: readonly Failure[];
  /** The data set of all photos that have results; null if none was written. */
  readonly annotations: string | null;
}

export class RunReport {
  readonly #rows: PhotoRow[] = [];
  readonly #failures: Failure[] = [];
  readonly #byCode = new Map<string, number>();
  readonly #counts = { succeeded: 0, skipped: 0, failed: 0 };

  add(outcome: PhotoOutcome): void {
    this.#counts[outcome.status] += 1;
    if (this.#rows.length <= mostRows) this.#rows.push(rowOf(outcome));
    if (outcome.status !== 'failed') return;
    const { code, message } = outcome.error;
    this.#byCode.set(code, (this.#byCode.get(code) ?? 0) + 1);
    if (this.#failures.length < mostRows) this.#failures.push({ photo: outcome.photo.path, code, message });
  }

  get done(): number {
    const { succeeded, skipped, failed } = this.#counts;
    return succeeded + skipped + failed;
  }

  get hasFailures(): boolean {
    return this.#counts.failed > 0;
  }

  summary(annotations: string | undefined): RunSummary {
    const { succeeded: parsed, skipped, failed } = this.#counts;
    return {
      ...{ photos: this.done, parsed, skipped, failed },
      failed_by_code: Object.fromEntries(this.#byCode),
      failures: this.#failures,
      annotations: annotations ?? null,
    };
  }

  /** The table, if it is short, and the summary. */
  text(settings: TableSettings, annotations: string | undefined): string {
    const { photos, parsed, skipped, failed, failures } = this.summary(annotations);
    const isShort = photos > 0 && photos <= mostRows;
    const lines = failures.map(({ photo, code, message }) => {
      return printable(`  ${photo}: ${code}: ${oneLine(message)}`);
    });
    const more = failed - failures.length;
    return [
      ...(isShort ? [photoTable(this.#rows, settings)] : []),
      `${count(photos, 'photo', 'photos')}: ${parsed} parsed, ${skipped} skipped, ${failed} failed.`,
      ...(failed > 0 ? ['Failed:', ...lines] : []),
      ...(more > 0 ? [`  … and ${more} more (${byCode(this.#byCode)})`] : []),
      ...(annotations === undefined ? [] : [`All of them as one COCO data set: ${printable(annotations)}`]),
    ].join('\n');
  }
}

function byCode(counts: ReadonlyMap<string, number>): string {
  return `in all: ${[...counts].map(([code, number]) => `${number} ${code}`).join(', ')}`;
}

function rowOf(outcome: PhotoOutcome): PhotoRow {
  const { name, folder } = outcome.photo;
  switch (outcome.status) {
    case 'failed':
      return { name, error: outcome.error };
    case 'skipped':
      return { name, folder };
    case 'succeeded': {
      const { people, labels } = outcome.summary;
      return { name, people, labels: labels.map((label) => label.name), elapsedMs: outcome.elapsedMs, folder };
    }
  }
}
