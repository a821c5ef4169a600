/** `npm run bench:queue`: what the service itself costs per job, and how many jobs per second it gets through. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describeMachine, machineLine } from '@m2fp/bench';
import { readInvocation } from '@m2fp/dev-services';
import { textTable } from '@m2fp/terminal';
import { InvalidArgumentError, Option } from 'commander';
import { createAbort, createBenchCommand, parseCount } from './bench-command.ts';
import { ways } from './queue/drive-jobs.ts';
import { runQueueBench, type QueueBenchOptions } from './queue/queue-bench.ts';
import { queuePlotSvg, queueReportJson, queueReportText } from './queue/queue-report.ts';
import { s3Kinds, type S3Kind } from './queue/services.ts';
import { runWaitingBench } from './queue/waiting-bench.ts';

const command = createBenchCommand(
  'queue',
  'Drives the real API, Redis, S3 protocol and workers, whose parsers compute nothing.',
)
  .option('-w, --workers <numbers>', 'worker processes, one measurement each', parseNumbers, [1, 2, 4, 8])
  .option('-d, --delays <numbers>', 'ms that a parser takes for a photo, one series each', parseNumbers, [0])
  .option('-s, --s3 <kinds>', `S3 servers, one series each: ${s3Kinds.join(', ')}`, parseKinds, ['embedded'])
  .addOption(new Option('--way <way>', 'how photos come').choices(ways).default('key'))
  .option('-n, --jobs <number>', 'jobs of a measurement, at most', parseCount, 4_000)
  .option('--seconds <number>', 'that a measurement takes with slow parsers', parseCount, 10)
  .option('-c, --clients <number>', 'simultaneous creates', parseCount, 50)
  .option('--concurrency <number>', 'jobs of a worker at once', parseCount, 16)
  .option('--parsers <number>', 'parser processes of a worker', parseCount, 1)
  .option('--waiting <number>', 'instead: what Redis holds for so many jobs that wait', parseCount)
  .option('-p, --plot <file>', 'write a plot')
  .parse();
interface Options extends QueueBenchOptions {
  readonly json: boolean;
  readonly plot?: string;
  readonly waiting?: number;
}
const { json, plot, waiting, ...options } = command.opts<Options>();
const { signal } = createAbort();
await (waiting === undefined ? measureRates() : measureWaiting(waiting));

async function measureRates(): Promise<void> {
  const report = await runQueueBench(options, signal);
  console.log(json ? queueReportJson(report) : queueReportText(report));
  if (plot !== undefined) await writeFile(resolve(readInvocation().workingDir, plot), queuePlotSvg(report));
}

async function measureWaiting(jobs: number): Promise<void> {
  const figures = await runWaitingBench(jobs, signal);
  const machine = describeMachine();
  if (json) return console.log(JSON.stringify({ machine, figures }, null, 2));
  const rows = figures.map(({ what, settings, bytesEach, megabytes }) => {
    return [what, settings, bytesEach.toFixed(0), megabytes.toFixed(0)];
  });
  const head = ['Redis holds for', 'its settings', 'bytes each', `MB for ${jobs}`];
  console.log([machineLine(machine), textTable({ head, rows, color: false })].join('\n'));
}

function parseNumbers(text: string): number[] {
  const numbers = text.split(',').map(Number);
  if (numbers.every((number) => Number.isSafeInteger(number) && number >= 0)) return numbers;
  throw new InvalidArgumentError('They must be whole numbers, separated by commas.');
}

function parseKinds(text: string): S3Kind[] {
  const kinds = text.split(',').map((name) => s3Kinds.find((kind) => kind === name));
  if (!kinds.includes(undefined)) return kinds.filter((kind) => kind !== undefined);
  throw new InvalidArgumentError(`They must be of ${s3Kinds.join(', ')}, separated by commas.`);
}
