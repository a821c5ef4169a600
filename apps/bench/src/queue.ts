/** `npm run bench:queue`: what the service itself costs per job, and how many jobs per second it gets through. */
import { writeFile } from 'node:fs/promises';
import { readInvocation } from '@m2fp/dev-services';
import { InvalidArgumentError, Option } from 'commander';
import { resolve } from 'node:path';
import { createAbort, createBenchCommand, parseCount } from './bench-command.ts';
import { ways } from './queue/drive-jobs.ts';
import { runQueueBench, type QueueBenchOptions } from './queue/queue-bench.ts';
import { queuePlotSvg, queueReportJson, queueReportText } from './queue/queue-report.ts';
import { s3Kinds, type S3Kind } from './queue/services.ts';

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
  .option('-p, --plot <file>', 'write a plot')
  .parse();
const { json, plot, ...options } = command.opts<QueueBenchOptions & { json: boolean; plot?: string }>();

const report = await runQueueBench(options, createAbort().signal);
console.log(json ? queueReportJson(report) : queueReportText(report));
if (plot !== undefined) await writeFile(resolve(readInvocation().workingDir, plot), queuePlotSvg(report));

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
