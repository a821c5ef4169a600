/** `npm run autoscale`: a backlog comes and goes, and workers with it, as KEDA would have it on Kubernetes. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readInvocation } from '@m2fp/dev-services';
import { absoluteModel } from '@m2fp/dev-services/stack';
import { abortOnSignals } from '@m2fp/terminal';
import { Command, Option } from 'commander';
import { autoscalePlot, autoscaleText, isLossless } from './autoscale/autoscale-report.ts';
import { runAutoscale } from './autoscale/autoscale-run.ts';
import { type PolicyName, policyNames } from './autoscale/policies.ts';
import type { AutoscaleOptions } from './autoscale/trial.ts';
import { parseAmount, parseCount } from './number-arguments.ts';

const command = new Command('npm run autoscale --')
  .description(
    'Plays KEDA’s rule on local worker processes while a backlog comes and goes, and compares it with a fixed fleet. ' +
      'Exits with 1 if a photo is lost or done twice, or a worker ends without being told to.',
  )
  .option('-n, --photos <number>', 'photos that come at once', parseCount, 500)
  .option('-m, --model <name|dir>', '`stand-in-1000` only waits, 1000 ms a photo: more workers than cores', 'portrait')
  .option('--max <number>', 'workers at most, and of the fixed fleet', parseCount, 2)
  .option('-t, --target <number>', 'photos for which there is one worker', parseCount, 30)
  .option('-g, --grace-seconds <number>', 'from SIGTERM to SIGKILL', parseAmount, 30)
  .addOption(new Option('-p, --policy <name...>', 'what to compare').choices(policyNames).default([...policyNames]))
  .option('--plot <file>', 'write workers over time as SVG')
  .option('--json', 'print JSON', false)
  .parse();
const { json, plot, policy, model, ...rest } = command.opts<
  Omit<AutoscaleOptions, 'policies'> & {
    readonly policy: readonly PolicyName[];
    readonly plot?: string;
    readonly json: boolean;
  }
>();

const controller = new AbortController();
const { byNpm, workingDir } = readInvocation();
abortOnSignals(controller, { followParent: byNpm });
const options = { ...rest, model: await absoluteModel(model, workingDir), policies: policy };
const record = await runAutoscale(options, controller.signal, (text) => console.error(text));
if (plot !== undefined) await writeFile(resolve(workingDir, plot), autoscalePlot(record));
console.log(json ? JSON.stringify(record, null, 2) : autoscaleText(record));
process.exitCode = isLossless(record) ? 0 : 1;
