/** `npm run fuzz`: inputs that nobody would send, through the code that reads what anybody may send. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describeMachine } from '@m2fp/bench';
import { readInvocation } from '@m2fp/dev-services';
import { abortOnSignals } from '@m2fp/terminal';
import { Command, InvalidArgumentError } from 'commander';
import { fuzzFiles } from './files/fuzz-files.ts';
import { fuzzPhotos } from './photos/fuzz-photos.ts';
import { fuzzRequests } from './requests/fuzz-requests.ts';
import { isClean, reportText, type TargetReport } from './tally.ts';

interface Options {
  readonly photos: number;
  readonly requests: number;
  readonly files: number;
  readonly seconds: number;
  readonly seed: number;
  readonly model: string;
  readonly corpus?: string;
  readonly out?: string;
  readonly json: boolean;
}

const command = new Command('npm run fuzz --')
  .description(
    'Mutates photos, HTTP requests, checkpoints and bundles, and looks for crashes, hangs and wrong answers. ' +
      'Inputs that fail are written to a folder, and the exit code is 1.',
  )
  .option('--photos <number>', 'photos to decode, one in fifty through the whole parse', parseCount, 1_000)
  .option('--requests <number>', 'HTTP requests to an API with Redis and S3', parseCount, 1_000)
  .option('--files <number>', 'checkpoints, configurations, manifests and graphs', parseCount, 300)
  .option('-s, --seconds <number>', 'at most so long for each of the three', parseCount, 600)
  .option('--seed <number>', 'the same seed makes the same inputs', parseCount, 1)
  .option('-m, --model <name|dir>', 'what photos are parsed with', 'portrait')
  .option('--corpus <dir>', 'more photos to begin with')
  .option('-o, --out <dir>', 'folder for inputs that fail (default: a new temporary one)')
  .option('--json', 'print JSON', false)
  .parse();
const options = command.opts<Options>();

const controller = new AbortController();
const { byNpm, workingDir } = readInvocation();
abortOnSignals(controller, { followParent: byNpm });
const outDir =
  options.out === undefined ? await mkdtemp(join(tmpdir(), 'm2fp-fuzz-')) : resolve(workingDir, options.out);
const { seed, seconds } = options;
const limits = { seed, seconds, outDir, signal: controller.signal };
const corpusDir = options.corpus === undefined ? undefined : resolve(workingDir, options.corpus);
const targets: TargetReport[] = [];
if (options.photos > 0)
  targets.push(await fuzzPhotos({ ...limits, cases: options.photos, model: options.model, corpusDir }));
if (options.requests > 0) targets.push(await fuzzRequests({ ...limits, cases: options.requests }));
if (options.files > 0) targets.push(await fuzzFiles({ ...limits, cases: options.files }));

const report = { machine: describeMachine(), seed, targets };
console.log(options.json ? JSON.stringify(report, null, 2) : reportText(report));
process.exitCode = isClean(report) ? 0 : 1;

function parseCount(text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
