import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { namedModels, publishedModelNames, pulledBundleDir, type PublishedModelName } from '@m2fp/core/bundles';
import { acceptLicense, createDownloadProgress, type Output } from '@m2fp/terminal';
import { Argument, Command, InvalidArgumentError } from 'commander';

export interface ModelPullSettings {
  /** Checkpoints go to `checkpoints/NAME`, bundles to where `MODEL=NAME` finds them. */
  cacheDir: string;
  /** For all messages; a terminal gets a progress bar. */
  output: Output;
  /** Where a yes to the license is typed, if it and `output` are terminals. */
  input?: Readable & { isTTY?: boolean };
  /** Stops the work and keeps what was fetched. The command then throws the signal's reason. */
  signal: AbortSignal;
}

interface Options {
  to?: string;
  out?: string;
  url?: string;
  from?: string;
  config?: string;
  revision?: string;
  sha256?: string;
  acceptLicense?: boolean;
  convert: boolean;
}

const help = `
Shows the license of the weights first. In a terminal it asks for a yes, unless you have agreed by --accept-license.
Resumes where an earlier try stopped. Honors HTTP_PROXY, HTTPS_PROXY and NO_PROXY.

Examples:
  m2fp model pull people                        then: m2fp parse photo.jpg --model people
  m2fp model pull single --to checkpoint/ --no-convert
  m2fp model pull people --from https://mirror.example/m2fp/ --accept-license
  m2fp model pull people --from model_final.pth --config m2fp_R101_bs16_265k.yaml`;

const argumentHelp = publishedModelNames.map((name) => `${name}: ${namedModels[name].summary}`).join('; ');

/** `m2fp model pull`: from nothing to a bundle that `MODEL=people` serves. */
export function createModelPullCommand(settings: ModelPullSettings): Command {
  return new Command('pull')
    .description("fetch M2FP's published weights from ModelScope and make a model bundle from them")
    .addArgument(new Argument('<model>', argumentHelp).choices(publishedModelNames))
    .option('--to <dir>', 'folder for the checkpoint (default: in the cache)')
    .option('--out <dir>', 'folder for the bundle (default: in the cache, where MODEL=people and MODEL=single find it)')
    .option('--url <url>', 'fetch from here: a folder, the .pt file itself, or a URL with {file} in it', parseUrl)
    .option('--from <url|path>', 'like --url; or a file or folder that is here already')
    .option('-c, --config <file>', "detectron2's YAML, if the weights are a file .pth or .pkl of detectron2")
    .option('--accept-license', 'agree to the license of the weights without being asked')
    .option('--revision <name>', "tag or branch of ModelScope's repository")
    .option('--sha256 <hex>', 'refuse weights with any other hash', parseSha256)
    .option('--no-convert', 'only fetch the checkpoint')
    .addHelpText('after', help)
    .action((name: PublishedModelName, options: Options) => runUntilStopped(settings, name, options));
}

async function runUntilStopped(settings: ModelPullSettings, name: PublishedModelName, options: Options): Promise<void> {
  try {
    await run(settings, name, options);
  } catch (error) {
    if (!settings.signal.aborted) throw error;
    settings.output.write('Stopped. What was fetched is kept: the same command resumes from there.\n');
    throw settings.signal.reason;
  }
}

async function run(settings: ModelPullSettings, name: PublishedModelName, options: Options): Promise<void> {
  const { signal, output, input = process.stdin } = settings;
  // Loaded when needed: help does not wait for it.
  const { convertFetched, fetchCheckpoint, formatBytes, licenseNotice, shownOrigin } =
    await import('@m2fp/compiler/pull');
  const say = (text: string): void => void output.write(`${text}\n`);
  const from = options.from ?? options.url;
  const { config, revision, sha256 } = options;
  const origin = { name, from, config: config === undefined ? undefined : resolve(config), revision, sha256 };
  // A script that calls this command has asked for these weights; someone at a terminal may not know what they are.
  const accepted = options.acceptLicense === true || input.isTTY !== true || output.isTTY !== true;
  await acceptLicense({ notice: licenseNotice(origin), accepted, input, output, signal });
  if (from !== undefined) say(`Fetching from ${shownOrigin(from)}`);
  const checkpointDir = options.to ?? join(settings.cacheDir, 'checkpoints', name);
  const progress = createDownloadProgress(output, formatBytes);
  try {
    const files = await fetchCheckpoint(origin, checkpointDir, progress, signal);
    progress.end();
    for (const { path, bytes, sha256: hash, check } of files) {
      say(`${path}: ${formatBytes(bytes)}, sha256 ${hash}; ${check}.`);
    }
  } finally {
    progress.end();
  }
  if (!options.convert) {
    say(`\nMake a model bundle from it: npx m2fp model convert ${checkpointDir} --out BUNDLE_DIR`);
    return;
  }
  signal.throwIfAborted();
  const bundleDir = options.out ?? pulledBundleDir(name, settings.cacheDir);
  say(`\nConverting to ${bundleDir} …`);
  await convertFetched(origin, checkpointDir, bundleDir, progress, signal);
  const served = options.out === undefined ? name : bundleDir;
  say(`Done. Serve it with MODEL=${served}, or try it: npx m2fp parse --model ${served} PHOTO`);
}

function parseUrl(text: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text;
  throw new InvalidArgumentError('It has to begin with http:// or https://.');
}

function parseSha256(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text;
  throw new InvalidArgumentError('It has to be 64 hexadecimal digits.');
}
