/**
 * `npm run bench:throughput`: photos through one parser process, as the worker uses it, one at a time and several at
 * once, and how that compares with what the machine's cores allow.
 */
import { resolve } from 'node:path';
import { createBenchPhotos } from '@m2fp/bench/network';
import { resolveBundle } from '@m2fp/compiler/bundles';
import { defaultCacheDir } from '@m2fp/core/bundles';
import { readInvocation } from '@m2fp/dev-services';
import { InvalidArgumentError } from 'commander';
import { createAbort, createBenchCommand, parseCount } from './bench-command.ts';
import { runThroughput } from './throughput/throughput-bench.ts';
import { throughputText } from './throughput/throughput-report.ts';

const command = createBenchCommand(
  'throughput',
  'Measures photos per second and core-seconds per photo of one parser process. For Linux.',
)
  .argument('[photo]', 'a photo, cropped to the size (default: a synthetic one)')
  .option('-m, --model <name|dir>', 'a model’s name or its bundle’s folder', 'portrait')
  .option('-s, --size <size>', 'of the photo', parseSize, { width: 1920, height: 1080 })
  .option('-a, --at-once <number>', 'photos that callers want parsed at once: the worker’s CONCURRENCY', parseCount, 2)
  .option('-n, --photos <number>', 'photos of each round', parseCount, 8)
  .option('-r, --rounds <number>', 'rounds of each kind, in turns', parseCount, 3)
  .option('-t, --threads <number>', 'threads of the network', parseCount)
  .parse();
const { json, model, size, ...settings } = command.opts<{
  json: boolean;
  model: string;
  size: { width: number; height: number };
  atOnce: number;
  photos: number;
  rounds: number;
  threads?: number;
}>();

const { workingDir } = readInvocation();
const [source] = command.args;
const [photo] = await createBenchPhotos([size], source === undefined ? undefined : resolve(workingDir, source));
if (!photo) throw new Error('There is no photo.');
const bundle = await resolveBundle(model, { cacheDir: defaultCacheDir() });
const report = await runThroughput({ ...settings, bundle, photo, signal: createAbort().signal });
console.log(json ? JSON.stringify(report, null, 2) : throughputText(report));

function parseSize(text: string): { width: number; height: number } {
  const [, width, height] = /^([1-9]\d{0,4})x([1-9]\d{0,4})$/.exec(text) ?? [];
  if (width === undefined || height === undefined) throw new InvalidArgumentError('It must be like 1920x1080.');
  return { width: Number(width), height: Number(height) };
}
