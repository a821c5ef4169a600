import { linePlotSvg, machineLine } from '@m2fp/bench';
import { textTable } from '@m2fp/terminal';
import { parts } from './process-times.ts';
import type { QueueReport, QueueRun, QueueSeries } from './queue-bench.ts';

/** From here on, a core or the machine counts as full: what is left goes to waiting for each other. */
const full = 0.9;

export function queueReportText({ machine, way, clients, concurrency, parsers, series }: QueueReport): string {
  const settings = `by ${way}, ${clients} requests at once; CONCURRENCY=${concurrency} PARSER_PROCESSES=${parsers}`;
  return [machineLine(machine), settings, ...series.map(seriesText)].join('\n\n');
}

function seriesText(series: QueueSeries): string {
  const head = ['workers', 'jobs', 'per s', ...parts.map((part) => `${part} ms`), 'all ms', 'cores', 'full'];
  const rows = series.runs.map((run) => [
    ...[String(run.workers), String(run.jobs), run.perSecond.toFixed(0)],
    ...parts.map((part) => run.cpuMs[part].toFixed(2)),
    ...[cpuOf(run).toFixed(2), `${(run.machine * 100).toFixed(0)} %`, whatIsFull(run)],
  ]);
  const last = series.runs.at(-1);
  return [
    `${series.delayMs} ms a photo, S3: ${series.s3}. CPU per job:`,
    textTable({ head, rows, color: false }),
    ...(last === undefined ? [] : [trafficText(last)]),
    commandsText(series),
  ].join('\n');
}

function cpuOf({ cpuMs }: QueueRun): number {
  return parts.reduce((sum, part) => sum + cpuMs[part], 0);
}

/** The part whose process has its core to itself and cannot have more; or the machine; or nothing yet. */
export function whatIsFull({ busiest, machine }: Pick<QueueRun, 'busiest' | 'machine'>): string {
  const [part, share] = Object.entries(busiest).reduce((most, one) => (one[1] > most[1] ? one : most));
  if (share >= full) return part;
  return machine >= full ? 'machine' : '-';
}

function trafficText({ redis, s3Requests }: QueueRun): string {
  const { calls, reads, bytesIn, bytesOut, bytesHeld } = redis;
  const s3 = Object.entries(s3Requests ?? {}).map(([method, count]) => `${count.toFixed(2)} ${method}`);
  return [
    `Redis per job: ${calls.toFixed(1)} commands (with those in scripts), ${reads.toFixed(1)} reads from connections, ` +
      `${bytesIn.toFixed(0)} bytes in, ${bytesOut.toFixed(0)} out, ${bytesHeld.toFixed(0)} kept`,
    ...(s3.length === 0 ? [] : [`S3 per job: ${s3.join(', ')}`]),
  ].join('\n');
}

const rare = 0.02;

function commandsText({ commands: { jobs, byPart, inScripts } }: QueueSeries): string {
  const lines = [...byPart].map(([part, calls]) => {
    const often = [...calls].map(([name, count]) => [name, count / jobs] as const).sort((a, b) => b[1] - a[1]);
    const texts = often.filter(([, count]) => count >= rare).map(([name, count]) => `${count.toFixed(2)} ${name}`);
    return `  ${part}: ${texts.join(', ')}`;
  });
  return ['Commands per job:', ...lines, `  within scripts: ${(inScripts / jobs).toFixed(1)}`].join('\n');
}

export function queuePlotSvg({ series, machine }: QueueReport): string {
  return linePlotSvg({
    title: 'Jobs per second by worker processes',
    note: `${machine.date}, ${machine.cores} cores, ${machine.cpu}; API, dispatcher, Redis, S3 and driver included`,
    xLabel: 'worker processes, one parser each',
    yLabel: 'jobs per second',
    series: series.map(({ s3, delayMs, runs }) => ({
      name: `${delayMs} ms a photo, ${s3} S3`,
      points: runs.map(({ workers, perSecond }) => ({ x: workers, y: perSecond })),
    })),
  });
}

/** Maps do not survive `JSON.stringify`. */
export function queueReportJson(report: QueueReport): string {
  const replacer = (_name: string, value: unknown): unknown =>
    value instanceof Map ? Object.fromEntries(value) : value;
  return JSON.stringify(report, replacer, 2);
}
