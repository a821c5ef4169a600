import { type Machine, machineLine, type Spread } from '@m2fp/bench';
import { textTable } from '@m2fp/terminal';

/** What the victim and the service saw in one phase. */
export interface Phase {
  readonly creates: number;
  /** Creates that were not answered by 202. */
  readonly errors: Readonly<Record<string, number>>;
  /** From the request to the whole answer, ms. */
  readonly createMs: Spread;
  /** From a job's creation to its start, ms. */
  readonly startMs: Spread;
  /** From a job's end to the arrival of its webhook, ms. */
  readonly webhookMs: Spread;
  /** Median time of one of the victim's photos, ms: with all that runs besides on the same machine. */
  readonly photoMs: number;
  /** Jobs whose start and webhook were waited for, and those that had neither within the time for it. */
  readonly watched: number;
  readonly lost: number;
  readonly apiRssMb: number;
  readonly eventLoopDelayMs: number;
  readonly redisMb: number;
  readonly parsersStarted: number;
}

export interface AttackReport {
  readonly machine: Machine;
  readonly model: string;
  readonly seconds: number;
  readonly quiet: Phase;
  readonly attack: Phase;
  /** By trick: how often it was tried, and the answers to it. */
  readonly tricks: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** What has to hold during the attack. */
const goals = { createP99Ms: 500, photosBeforeStart: 2, webhookMs: 2_000, apiRssMb: 400 } as const;
/** A job is taken some ms after a worker is free. */
const takeMs = 100;

export function meetsGoals(report: AttackReport): boolean {
  return judgments(report).every(({ isMet }) => isMet);
}

function judgments({ attack }: AttackReport): readonly { readonly goal: string; readonly isMet: boolean }[] {
  const { createP99Ms, photosBeforeStart, webhookMs, apiRssMb } = goals;
  const longestMs = photosBeforeStart * attack.photoMs + takeMs;
  return [
    { goal: `creates: p99 under ${createP99Ms} ms`, isMet: attack.createMs.p99 < createP99Ms },
    { goal: 'creates: none refused', isMet: Object.keys(attack.errors).length === 0 },
    { goal: `starts: p90 within ${photosBeforeStart} photos’ time`, isMet: attack.startMs.p90 <= longestMs },
    { goal: `webhooks: p99 within ${webhookMs} ms`, isMet: attack.webhookMs.p99 <= webhookMs },
    { goal: 'no job or webhook lost', isMet: attack.lost === 0 && attack.watched > 0 },
    { goal: `API: at most ${apiRssMb} MB`, isMet: attack.apiRssMb <= apiRssMb },
  ];
}

export function attackReportText(report: AttackReport): string {
  const { machine, model, seconds, quiet, attack, tricks } = report;
  const rows = facts.map(([name, read]) => [name, read(quiet), read(attack)]);
  return [
    machineLine(machine),
    `model ${model} · ${seconds} s each`,
    textTable({
      head: ['the victim', 'alone', 'under attack'],
      rows,
      color: false,
      aligns: ['left', 'right', 'right'],
    }),
    ...judgments(report).map(({ goal, isMet }) => `${isMet ? 'met' : 'NOT MET'}: ${goal}`),
    'tricks and their answers:',
    ...Object.entries(tricks).map(([trick, answers]) => `  ${trick}: ${counts(answers)}`),
  ].join('\n');
}

const ms = (value: number): string => (Number.isNaN(value) ? '–' : `${Math.round(value)} ms`);
const photos = (value: number, { photoMs }: Phase): string => (value / photoMs).toFixed(1);

const facts: readonly (readonly [name: string, read: (phase: Phase) => string])[] = [
  ['creates', ({ creates }) => String(creates)],
  ['other answers than 202', ({ errors }) => counts(errors)],
  ['create, p50', ({ createMs }) => ms(createMs.p50)],
  ['create, p99', ({ createMs }) => ms(createMs.p99)],
  ['a photo', ({ photoMs }) => ms(photoMs)],
  ['until the start, p50 in photos', (phase) => photos(phase.startMs.p50, phase)],
  ['until the start, p90 in photos', (phase) => photos(phase.startMs.p90, phase)],
  ['until the start, longest in photos', (phase) => photos(phase.startMs.max, phase)],
  ['webhook, p50', ({ webhookMs }) => ms(webhookMs.p50)],
  ['webhook, p99', ({ webhookMs }) => ms(webhookMs.p99)],
  ['jobs watched, lost', ({ watched, lost }) => `${watched}, ${lost}`],
  ['API, RSS at most', ({ apiRssMb }) => `${apiRssMb} MB`],
  ['API, event loop late by at most', ({ eventLoopDelayMs }) => ms(eventLoopDelayMs)],
  ['parser processes started', ({ parsersStarted }) => String(parsersStarted)],
  ['Redis at most', ({ redisMb }) => `${redisMb} MB`],
];

function counts(values: Readonly<Record<string, number>>): string {
  return (
    Object.entries(values)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ') || 'none'
  );
}
