/** `npm run scale`: what many photos a day need, and days of them under two scaling rules. Computes; starts nothing. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readInvocation } from '@m2fp/dev-services';
import { Command } from 'commander';
import { needsOf } from './scale/needs.ts';
import { photoCosts, prices } from './scale/measured.ts';
import { agePlot, figuresOf, figuresText, needsText, workersPlot } from './scale/scale-report.ts';
import { runScenarios, type ScaleSettings } from './scale/scenarios.ts';
import { parseAmount } from './number-arguments.ts';

interface Options extends Omit<ScaleSettings, 'pricePerHour'> {
  readonly days: readonly number[];
  readonly utilization: number;
  readonly plots?: string;
  readonly json: boolean;
}

const command = new Command('npm run scale --')
  .description('Computes what so many photos a day need, and simulates days under two scaling rules.')
  .option('--seed <number>', 'of the arrivals', parseAmount, 1)
  .option('-d, --days <numbers>', 'photos a day, for what they need', parseAmounts, [1e6, 1e8])
  .option('-n, --photos-per-day <number>', 'of the simulated days', parseAmount, 1e6)
  .option('--hours <number>', 'that are simulated', parseAmount, 24)
  .option('--seconds-per-photo <number>', 'of a worker', parseAmount, photoCosts.workerS)
  .option('--start-s <number>', 'from a worker’s being asked for until it takes photos', parseAmount, 40)
  .option('--peak-to-mean <number>', 'of the day’s curve, 1 to 2', parseAmount, 1.8)
  .option('--max-workers <number>', 'of both rules', parseAmount, 200)
  .option('--utilization <number>', 'of workers at the peak, 0 to 1', parseAmount, 0.8)
  .option('--plots <dir>', 'write plots as SVG into this folder')
  .option('--json', 'print JSON', false)
  .parse();
const { json, plots, days, utilization, ...rest } = command.opts<Options>();
const settings: ScaleSettings = { ...rest, pricePerHour: prices.workerHour };
const costs = { ...photoCosts, workerS: settings.secondsPerPhoto };

const needs = days.map((photosPerDay) =>
  needsOf({ photosPerDay, peakToMean: settings.peakToMean, utilization }, costs, prices),
);
const runs = runScenarios(settings);
const figures = runs.map((run) => figuresOf(run, settings));
console.log(json ? JSON.stringify({ costs, prices, needs, settings, figures }, null, 2) : textOf());
if (plots !== undefined) await writePlots(resolve(readInvocation().workingDir, plots));

function textOf(): string {
  return [needsText(needs), figuresText(figures)].join('\n\n');
}

async function writePlots(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { photosPerDay, secondsPerPhoto, startS, seed } = settings;
  const note = `Simulated: ${photosPerDay} photos, ${secondsPerPhoto} s each, ${startS} s to start a worker, seed ${seed}`;
  for (const [scenario, ofDay] of Map.groupBy(runs, (run) => run.scenario)) {
    const name = scenario.replaceAll(' ', '-');
    await writeFile(join(folder, `scale-age-${name}.svg`), agePlot(ofDay, note));
    await writeFile(join(folder, `scale-workers-${name}.svg`), workersPlot(ofDay, note));
  }
}

function parseAmounts(text: string): number[] {
  return text.split(',').map(parseAmount);
}
