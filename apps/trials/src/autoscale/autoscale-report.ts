/** What autoscaling says: a row for each policy beside the fixed fleet, and workers over time. */
import { linePlotSvg, machineLine } from '@m2fp/bench';
import { modelName } from '@m2fp/contract';
import { textTable } from '@m2fp/terminal';
import type { AutoscaleRecord } from './autoscale-run.ts';
import type { Trial } from './trial.ts';

export function isLossless({ trials }: AutoscaleRecord): boolean {
  return trials.every(({ outcome, ends }) => outcome.lost === 0 && outcome.doubled === 0 && ends.unasked === 0);
}

export function autoscaleText(record: AutoscaleRecord): string {
  const { machine, options, trials } = record;
  const fixed = trials.find(({ name }) => name === 'fixed');
  const head = ['', 'first result', 'all done', 'workers', 'worker-s, done', 'in all', 'vs. fixed', 'ended / killed'];
  const rows = trials.map((trial) => {
    const { name, outcome, workerSeconds, workerSecondsInAll, mostWorkers, ends } = trial;
    return [
      name,
      `${outcome.firstResultS.toFixed(1)} s`,
      `${outcome.doneS.toFixed(0)} s`,
      String(mostWorkers),
      workerSeconds.toFixed(0),
      workerSecondsInAll.toFixed(0),
      `${share(workerSeconds, fixed)} / ${share(workerSecondsInAll, fixed)}`,
      `${ends.graceful} / ${ends.killed}`,
    ];
  });
  const losses = trials.map(
    ({ name, outcome: { lost, doubled, repeated }, ends }) =>
      `${name}: ${lost} lost, ${doubled} doubled, ${repeated} single jobs started again, ` +
      `${ends.unasked} workers ended unasked`,
  );
  return [
    machineLine(machine),
    `model ${modelName(options.model)} · ${options.photos} photos · at most ${options.max} workers, ` +
      `one for each ${options.target} photos · ${options.graceSeconds} s from SIGTERM to SIGKILL`,
    textTable({ head, rows, color: false }),
    ...losses,
  ].join('\n');
}

function share(workerSeconds: number, fixed: Trial | undefined): string {
  if (fixed === undefined) return '-';
  const percent = (workerSeconds / fixed.workerSecondsInAll - 1) * 100;
  return `${percent < 0 ? '' : '+'}${percent.toFixed(0)} %`;
}

/** Workers as steps, and what is left of the photos: all of them are as high as the most workers. */
export function autoscalePlot({ machine, options, trials }: AutoscaleRecord): string {
  const scaled = trials.filter(({ name }) => name !== 'fixed');
  const workers = scaled.map(({ name, workers: history }) => ({ name: `workers, ${name}`, points: steps(history) }));
  const backlogs = scaled.slice(0, 1).map(({ name, backlog }) => ({
    name: `photos left, ${name}: ${options.photos} at ${options.max}`,
    points: backlog.map(({ atS, photos }) => ({ x: atS, y: (photos / options.photos) * options.max })),
  }));
  return linePlotSvg({
    title: `Workers over time, ${options.photos} photos, ${modelName(options.model)}`,
    note: machineLine(machine),
    xLabel: 'seconds since the first photo',
    yLabel: 'workers',
    series: [...workers, ...backlogs],
  });
}

function steps(history: Trial['workers']): { x: number; y: number }[] {
  return history.flatMap(({ atS, workers }, i) => [
    { x: Math.max(0, atS), y: history[i - 1]?.workers ?? 0 },
    { x: Math.max(0, atS), y: workers },
  ]);
}
