/** Two versions of the service at once: an upgrade and the way back while photos come in, and what became of them. */
import { resolve } from 'node:path';
import { readInvocation } from '@m2fp/dev-services';
import { abortOnSignals } from '@m2fp/terminal';
import { Command } from 'commander';
import { runUpgrades, upgradeReportText } from './upgrade/upgrade-run.ts';

const command = new Command('npx node apps/trials/src/upgrade.ts')
  .description(
    'Replaces the processes of one version by those of another, one after the other, while photos and batches come ' +
      'in: in both directions, and in two orders. Exits with 1 if anything is lost, refused or not the same.',
  )
  .requiredOption('--other <dir>', 'a checkout of another version, with its dependencies installed')
  .option('-m, --model <name|dir>', 'a model’s name or its bundle’s folder', 'portrait')
  .option('-p, --photo <file>', 'the photo that is sent (default: a sample)')
  .option('--json', 'print JSON', false)
  .parse();
const { other, json, model, photo } = command.opts<{ other: string; json: boolean; model: string; photo?: string }>();

const controller = new AbortController();
const { byNpm, workingDir } = readInvocation();
abortOnSignals(controller, { followParent: byNpm });
const reports = await runUpgrades({
  other: resolve(workingDir, other),
  model: model.includes('/') ? resolve(workingDir, model) : model,
  photo: photo === undefined ? undefined : resolve(workingDir, photo),
  signal: controller.signal,
  onStep: (message) => console.error(message),
});
console.log(json ? JSON.stringify(reports, null, 2) : upgradeReportText(reports));
process.exitCode = reports.every(({ isSound }) => isSound) ? 0 : 1;
