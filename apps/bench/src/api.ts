/**
 * `npm run bench:api`: what the API adds to a parse, how it copes with many concurrent creates, and how much memory
 * they take.
 */
import { runApiBench, type ApiBenchOptions } from './api-bench.ts';
import { apiReportText } from './api-report.ts';
import { createAbort, createBenchCommand, parseCount } from './bench-command.ts';

const command = createBenchCommand(
  'api',
  'Measures POST /parse on idle workers, and the API’s latency and memory under many concurrent POST /v1/jobs.',
)
  .option('-p, --parses <number>', 'photos through POST /parse, one after another', parseCount, 20)
  .option('-n, --creates <number>', 'jobs to create', parseCount, 2_000)
  .option('-c, --clients <number>', 'simultaneous creates', parseCount, 50)
  .option(
    '-r, --rounds <number>',
    'repetitions of the creates: memory must not grow from one to the next',
    parseCount,
    3,
  )
  .option('-m, --model <name|dir>', 'a model’s name or its bundle’s folder', 'portrait')
  .parse();
const { json, ...options } = command.opts<ApiBenchOptions & { json: boolean }>();

const report = await runApiBench(options, createAbort().signal);
console.log(json ? JSON.stringify(report, null, 2) : apiReportText(report));
process.exitCode = report.creates.rounds.every(({ failed }) => failed === 0) ? 0 : 1;
