/** `npm run chaos`: the real service, with real users, in a world where everything fails all the time. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readInvocation } from '@m2fp/dev-services';
import { abortOnSignals, Interrupted } from '@m2fp/terminal';
import { Command } from 'commander';
import { reportText } from './chaos/report.ts';
import { runChaos } from './chaos/run-chaos.ts';
import { describeDisturbance, planSchedule } from './chaos/schedule.ts';
import { parseShare, parseWhole } from './number-arguments.ts';

interface Options {
  readonly jobs: number;
  readonly batches: number;
  readonly batchPhotos: number;
  readonly cancels: number;
  readonly kills: number;
  readonly seconds: number;
  readonly settle: number;
  readonly seed: number;
  readonly lockMs: number;
  readonly apis: number;
  readonly workers: number;
  readonly dispatchers: number;
  readonly model?: string;
  readonly logs?: string;
  readonly json: boolean;
  readonly plan: boolean;
}

const command = new Command('npm run chaos --')
  .description(
    'Runs the service in several processes, lets users work with it, and kills, pauses and cuts off what there is. ' +
      'In the end everything that was accepted has to be finished, once. If not, it says what is wrong, keeps the ' +
      'logs, and the exit code is 1.',
  )
  .option('-j, --jobs <number>', 'photos that are sent one by one', parseWhole, 300)
  .option('-b, --batches <number>', 'batches', parseWhole, 20)
  .option('--batch-photos <number>', 'photos of a batch', parseWhole, 5)
  .option('--cancels <share>', 'share of jobs and batches that are canceled', parseShare, 0.1)
  .option('-k, --kills <number>', 'processes to kill, Redis included', parseWhole, 20)
  .option('-s, --seconds <number>', 'all of it happens in this time', parseWhole, 180)
  .option('--settle <seconds>', 'at most so long until all has come to rest', parseWhole, 300)
  .option('--seed <number>', 'the same seed makes the same schedule (default: a new one)', parseWhole)
  .option('--lock-ms <ms>', 'how long a worker’s lock on a job lasts', parseWhole, 30_000)
  .option('--apis <number>', 'processes', parseWhole, 2)
  .option('--workers <number>', 'processes, each with one that parses', parseWhole, 2)
  .option('--dispatchers <number>', 'processes', parseWhole, 2)
  .option('-m, --model <name|dir>', 'what photos are parsed with (default: a tiny M2FP of random numbers)')
  .option('--logs <dir>', 'folder for the logs, which are kept (default: a new temporary one, kept only if it fails)')
  .option('--plan', 'print the schedule and do nothing', false)
  .option('--json', 'print JSON', false)
  .parse();
const options = command.opts<Options>();
const { apis: api, workers: worker, dispatchers: dispatcher } = options;
const seed = options.seed ?? Math.floor(Math.random() * 1_000_000);
const settings = { ...options, seed, replicas: { api, worker, dispatcher } };

if (options.plan) console.log([`seed ${seed}`, ...planSchedule(settings).map(describeDisturbance)].join('\n'));
else await run();

async function run(): Promise<void> {
  const controller = new AbortController();
  const { byNpm, workingDir } = readInvocation();
  abortOnSignals(controller, { followParent: byNpm });
  const logDir =
    options.logs === undefined ? await mkdtemp(join(tmpdir(), 'm2fp-chaos-')) : resolve(workingDir, options.logs);
  await mkdir(logDir, { recursive: true });
  const startedAt = performance.now();
  const onStep = (line: string): void =>
    console.error(`[${((performance.now() - startedAt) / 1_000).toFixed(1)}] ${line}`);
  onStep(`seed ${seed}`);
  try {
    const report = await runChaos({
      ...{ ...settings, model: options.model, settleSeconds: options.settle, logDir, onStep },
      signal: controller.signal,
    });
    console.log(options.json ? JSON.stringify(report, null, 2) : reportText(report));
    process.exitCode = report.findings.length === 0 ? 0 : 1;
    if (report.findings.length > 0) console.error(`Logs: ${logDir}`);
    else if (options.logs === undefined) await rm(logDir, { recursive: true, force: true });
  } catch (error) {
    if (!(error instanceof Interrupted)) console.error(`With seed ${seed}; logs: ${logDir}`);
    throw error;
  }
}
