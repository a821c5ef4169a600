/** `npm run soak`: mixed photos for a long time, and whether anything grows that should not. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { readInvocation } from '@m2fp/dev-services';
import { absoluteModel } from '@m2fp/dev-services/stack';
import { abortOnSignals, Interrupted } from '@m2fp/terminal';
import { Command } from 'commander';
import { isSound, soakReport } from './soak/soak-report.ts';
import { soakPlot, soakReportText } from './soak/soak-report-text.ts';
import { runSoak, type SoakOptions } from './soak/soak-run.ts';
import { parseAmount, parseCount } from './number-arguments.ts';

interface Options extends SoakOptions {
  readonly warmUpMinutes: number;
  readonly plot?: string;
  readonly out?: string;
  readonly json: boolean;
}

const command = new Command('npm run soak --')
  .description(
    'Sends mixed photos to the whole service for a time, and says how fast memory, open handles, Redis and S3 grow. ' +
      'Exits with 1 if a photo is lost, something unexpected happens or something is left over. Linux only.',
  )
  .option('-n, --jobs <number>', 'photos to send, evenly over the time', parseCount, 600)
  .option('-s, --seconds <number>', 'how long', parseCount, 600)
  .option('-m, --model <name|dir>', 'a model’s name or its bundle’s folder; several take turns', collect)
  .option('-w, --warm-up-minutes <number>', 'the beginning that slopes leave out (default: a quarter)', parseAmount)
  .option('--sample-seconds <number>', 'between two looks at the processes', parseAmount, 10)
  .option('--retention-seconds <number>', 'how long jobs and objects are kept; at least 60', parseCount, 120)
  .option('--at-once <number>', 'visits in progress at most', parseCount, 32)
  .option('--plot <file>', 'write resident memory over time as SVG')
  .option('-o, --out <dir>', 'folder for samples as they are taken (default: a new temporary one)')
  .option('--json', 'print JSON', false)
  .parse();
const { json, plot, out, model, warmUpMinutes, ...rest } = command.opts<
  Omit<Options, 'model'> & { model?: string[] }
>();
if (process.platform !== 'linux') command.error('error: it reads /proc, which only Linux has');

const controller = new AbortController();
const { byNpm, workingDir } = readInvocation();
abortOnSignals(controller, { followParent: byNpm });
const reportDir = out === undefined ? await mkdtemp(join(tmpdir(), 'm2fp-soak-')) : resolve(workingDir, out);
const models = await Promise.all((model ?? ['portrait']).map((each) => absoluteModel(each, workingDir)));
const options: SoakOptions = { ...rest, model: models };
try {
  const record = await runSoak(options, reportDir, controller);
  const report = soakReport(record, warmUpMinutes ?? options.seconds / 240);
  await writeFile(join(reportDir, 'report.json'), JSON.stringify(report, null, 2));
  if (plot !== undefined) await writeFile(resolve(workingDir, plot), soakPlot(record));
  console.log(json ? JSON.stringify(report, null, 2) : soakReportText(report));
  process.exitCode = isSound(report) ? 0 : 1;
} catch (error) {
  if (!controller.signal.aborted) throw error;
  const reason: unknown = controller.signal.reason;
  console.error(reason instanceof Error ? reason.message : String(reason));
  console.error(`What was sampled until then is in ${reportDir}.`);
  process.exitCode = reason instanceof Interrupted ? reason.exitCode : 1;
}

function collect(model: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), model];
}
