/** What a run has found, and how it is shown. */
import { type Machine, machineLine } from '@m2fp/bench';
import { textTable } from '@m2fp/terminal';

/** What became of one input. A failure is what must never happen; `why` begins with its kind, such as `crash`. */
export type Verdict = (
  | { readonly result: 'accepted' }
  | { readonly result: 'refused'; readonly code: string }
  | { readonly result: 'failed'; readonly failure: FailureKind; readonly why: string }
) & { readonly ms: number };

export const failureKinds = ['crash', 'hang', 'memory', '5xx', 'too long', 'wrong'] as const;
export type FailureKind = (typeof failureKinds)[number];

export interface KeptFailure {
  readonly case: number;
  readonly mutation: string;
  readonly failure: FailureKind;
  readonly why: string;
  /** Where its input was written. */
  readonly file: string;
}

export interface Row {
  readonly mutation: string;
  readonly tried: number;
  readonly accepted: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly failed: number;
  readonly slowestMs: number;
  readonly slowestCase: number;
}

export interface TargetReport {
  readonly target: string;
  readonly rows: readonly Row[];
  readonly tried: number;
  readonly seconds: number;
  readonly slowestMs: number;
  readonly peakRssMb: number;
  readonly failures: Readonly<Record<FailureKind, number>>;
  readonly kept: readonly KeptFailure[];
  /** Facts that only this target has, such as the event loop's delay. */
  readonly facts: Readonly<Record<string, number>>;
}

export interface FuzzReport {
  readonly machine: Machine;
  readonly seed: number;
  readonly targets: readonly TargetReport[];
}

type MutableRow = { -readonly [Key in keyof Row]: Row[Key] } & { refused: Record<string, number> };

export class Tally {
  readonly #rows = new Map<string, MutableRow>();
  readonly #failures = new Map<FailureKind, number>();

  add(number: number, mutation: string, verdict: Verdict): void {
    const row = this.#rows.get(mutation) ?? {
      mutation,
      tried: 0,
      accepted: 0,
      refused: {},
      failed: 0,
      slowestMs: -1,
      slowestCase: 0,
    };
    this.#rows.set(mutation, row);
    row.tried += 1;
    const ms = Math.round(verdict.ms);
    if (ms > row.slowestMs) [row.slowestMs, row.slowestCase] = [ms, number];
    if (verdict.result === 'accepted') row.accepted += 1;
    else if (verdict.result === 'refused') row.refused[verdict.code] = (row.refused[verdict.code] ?? 0) + 1;
    else {
      row.failed += 1;
      this.#failures.set(verdict.failure, (this.#failures.get(verdict.failure) ?? 0) + 1);
    }
  }

  /** A failure of the whole run rather than of one input. */
  addFailure(failure: FailureKind): void {
    this.#failures.set(failure, (this.#failures.get(failure) ?? 0) + 1);
  }

  report(rest: Omit<TargetReport, 'rows' | 'tried' | 'slowestMs' | 'failures'>): TargetReport {
    const rows = [...this.#rows.values()].sort((a, b) => a.mutation.localeCompare(b.mutation));
    return {
      ...rest,
      rows,
      tried: rows.reduce((sum, { tried }) => sum + tried, 0),
      slowestMs: Math.max(0, ...rows.map(({ slowestMs }) => slowestMs)),
      failures: Object.fromEntries(failureKinds.map((kind) => [kind, this.#failures.get(kind) ?? 0])) as Record<
        FailureKind,
        number
      >,
    };
  }
}

export function isClean({ targets }: FuzzReport): boolean {
  return targets.every(({ failures }) => Object.values(failures).every((count) => count === 0));
}

export function reportText({ machine, seed, targets }: FuzzReport): string {
  return [`${machineLine(machine)} · seed ${seed}`, ...targets.map(targetText)].join('\n\n');
}

function targetText(report: TargetReport): string {
  const { target, rows, tried, seconds, slowestMs, peakRssMb, failures, facts, kept } = report;
  const table = textTable({
    head: [target, 'tried', 'accepted', 'refused', 'failed', 'slowest ms', 'case'],
    rows: rows.map((row) =>
      [row.mutation, row.tried, row.accepted, refusals(row.refused), row.failed, row.slowestMs, row.slowestCase].map(
        String,
      ),
    ),
    color: false,
    widths: [null, null, null, 60, null, null, null],
  });
  const counts = [...Object.entries(failures), ...Object.entries(facts)].map(([name, count]) => `${name} ${count}`);
  return [
    table,
    `${target}: ${tried} in ${seconds} s · slowest ${slowestMs} ms · peak RSS ${peakRssMb} MB · ${counts.join(' · ')}`,
    ...kept.map((one) => `  ${one.failure}: case ${one.case} (${one.mutation}): ${one.why}\n    ${one.file}`),
  ].join('\n');
}

function refusals(refused: Readonly<Record<string, number>>): string {
  const counts = Object.entries(refused).sort(([, a], [, b]) => b - a);
  return counts.map(([code, count]) => `${code} ${count}`).join(', ') || '0';
}
