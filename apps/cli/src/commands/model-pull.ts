import { join } from 'node:path';
import {
  namedModels,
  publishedModelNames,
  pulledBundleDir,
  type PublishedModel,
  type PublishedModelName,
} from '@m2fp/compiler/bundles';
import type { BundleDescription } from '@m2fp/compiler/m2fp';
import { Argument, Command, InvalidArgumentError } from 'commander';
import type { PullOutput } from './model-pull-progress.ts';

export interface ModelPullSettings {
  /** Checkpoints go to `checkpoints/NAME`, bundles to where `MODEL=NAME` finds them. */
  cacheDir: string;
  /** For all messages; a terminal gets a progress bar. */
  output: PullOutput;
  /** Stops the work and keeps what was fetched. The command then throws the signal's reason. */
  signal: AbortSignal;
}

interface Options {
  to?: string;
  out?: string;
  url?: string;
  revision?: string;
  sha256?: string;
  convert: boolean;
}

const help = `
Resumes where an earlier try stopped. Honors HTTP_PROXY, HTTPS_PROXY and NO_PROXY.

Examples:
  m2fp model pull people                        then: m2fp parse photo.jpg --model people
  m2fp model pull single --to checkpoint/ --no-convert
  m2fp model pull people --url https://mirror.example/m2fp/`;

const argumentHelp = publishedModelNames.map((name) => `${name}: ${namedModels[name].summary}`).join('; ');

/** `m2fp model pull`: from nothing to a bundle that `MODEL=people` serves. */
export function createModelPullCommand(settings: ModelPullSettings): Command {
  return new Command('pull')
    .description("fetch M2FP's published weights from ModelScope and make a model bundle from them")
    .addArgument(new Argument('<model>', argumentHelp).choices(publishedModelNames))
    .option('--to <dir>', 'folder for the checkpoint (default: in the cache)')
    .option('--out <dir>', 'folder for the bundle (default: in the cache, where MODEL=people and MODEL=single find it)')
    .option('--url <url>', 'fetch from here: a folder, the .pt file itself, or a URL with {file} in it', parseUrl)
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
  const { signal } = settings;
  // Loaded when needed: help does not wait for them.
  const [{ formatBytes, pullModel }, { createPullProgress }] = await Promise.all([
    import('@m2fp/compiler/pull'),
    import('./model-pull-progress.ts'),
  ]);
  const published: PublishedModel = namedModels[name];
  const model: PublishedModel = { ...published, revision: options.revision ?? published.revision };
  const say = (text: string): void => void settings.output.write(`${text}\n`);
  say(`${licenseNotice(model)}\n`);
  if (options.url !== undefined) say(`Fetching from ${withoutSecrets(options.url)}`);
  const checkpointDir = options.to ?? join(settings.cacheDir, 'checkpoints', name);
  const progress = createPullProgress(settings.output);
  try {
    const files = await pullModel({
      model,
      dir: checkpointDir,
      url: options.url,
      sha256: options.sha256,
      signal,
      ...progress,
    });
    progress.end();
    for (const { path, bytes, sha256, check } of files) {
      say(`${path}: ${formatBytes(bytes)}, sha256 ${sha256}; ${check}.`);
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
  const { convertCheckpoint } = await import('@m2fp/compiler/m2fp');
  await convertCheckpoint(checkpointDir, bundleDir, describeBundle(name, model, options.url), signal);
  const served = options.out === undefined ? name : bundleDir;
  say(`Done. Serve it with MODEL=${served}, or try it: npx m2fp parse --model ${served} PHOTO`);
}

/** Shown before anything is fetched. */
function licenseNotice({ description, repository, license }: PublishedModel): string {
  return [
    `${description}.`,
    `Source: https://modelscope.cn/models/${repository}`,
    `License of the weights: ${license} (https://creativecommons.org/licenses/by-nc/4.0/).`,
    'You may use and adapt them with attribution, but NOT for commercial purposes.',
    'A model bundle made from them stays under that license.',
  ].join('\n');
}

/** Files from another URL than ModelScope's may be of any revision. */
function describeBundle(name: string, model: PublishedModel, url: string | undefined): BundleDescription {
  const { license: licence, repository, revision } = model;
  if (url !== undefined) return { name, licence, source: withoutSecrets(url) };
  return { name, licence, version: revision, source: `ModelScope ${repository}, revision ${revision}` };
}

function parseUrl(text: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text;
  throw new InvalidArgumentError('It has to begin with http:// or https://.');
}

function parseSha256(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text;
  throw new InvalidArgumentError('It has to be 64 hexadecimal digits.');
}

/** A URL may contain a name and password, or a signature in its query. */
function withoutSecrets(text: string): string {
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname}`;
}
