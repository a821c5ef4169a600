import { join } from 'node:path';
import { Argument, Command, InvalidArgumentError } from 'commander';
import type { BundleDescription } from '@m2fp/compiler/m2fp';
import type { PublishedModel, PublishedModelName } from '@m2fp/compiler/pull';
import type { PullOutput } from './model-pull-progress.ts';

export interface ModelPullSettings {
  /** Checkpoints go to `checkpoints/NAME` in it, bundles to `models/NAME`. */
  cacheDir: string;
  /** Everything that is said; a bar is drawn where it is a terminal. */
  output: PullOutput;
  /** Stops the work in order, and keeps what was fetched. The command then throws the signal's reason. */
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

const names: readonly PublishedModelName[] = ['people', 'single'];

const help = `
Goes on where an earlier try broke off. Honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY.

Examples:
  m2fp model pull people                        then: m2fp parse photo.jpg --model people
  m2fp model pull single --to checkpoint/ --no-convert
  m2fp model pull people --url https://mirror.example/m2fp/`;

/** `pull people|single`: from nothing to a bundle that `MODEL=people` serves. */
export function createModelPullCommand(settings: ModelPullSettings): Command {
  return new Command('pull')
    .description("fetch M2FP's published weights from ModelScope and make a model bundle of them")
    .addArgument(new Argument('<model>', 'people: many people (CIHP); single: one person (LIP)').choices(names))
    .option('--to <dir>', 'folder for the checkpoint (default: in the cache)')
    .option('--out <dir>', 'folder for the bundle (default: in the cache, where MODEL=people and MODEL=single find it)')
    .option('--url <url>', 'fetch from here: a folder, the .pt file itself, or an address with {file} in it', parseUrl)
    .option('--revision <name>', "tag or branch of ModelScope's repository")
    .option('--sha256 <hex>', 'refuse weights with any other hash', parseSha256)
    .option('--no-convert', 'only fetch the checkpoint')
    .addHelpText('after', help)
    .action((name: PublishedModelName, options: Options) => runStoppably(settings, name, options));
}

async function runStoppably(settings: ModelPullSettings, name: PublishedModelName, options: Options): Promise<void> {
  try {
    await run(settings, name, options);
  } catch (error) {
    if (!settings.signal.aborted) throw error;
    settings.output.write('Stopped. What was fetched is kept: the same command goes on from there.\n');
    throw settings.signal.reason;
  }
}

async function run(settings: ModelPullSettings, name: PublishedModelName, options: Options): Promise<void> {
  const { signal } = settings;
  // Loaded when needed: nobody who asks for help waits for a compiler.
  const [{ formatBytes, licenceNotice, publishedModels, pullModel }, { createPullProgress }] = await Promise.all([
    import('@m2fp/compiler/pull'),
    import('./model-pull-progress.ts'),
  ]);
  const published = publishedModels[name];
  const model: PublishedModel = { ...published, revision: options.revision ?? published.revision };
  const say = (text: string): void => void settings.output.write(`${text}\n`);
  say(`${licenceNotice(model)}\n`);
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
    for (const { path, bytes, sha256, check } of files)
      say(`${path}: ${formatBytes(bytes)}, sha256 ${sha256}; ${check}.`);
  } finally {
    progress.end();
  }
  if (!options.convert) {
    say(`\nMake a model bundle of it: npx m2fp model convert ${checkpointDir} --out BUNDLE_DIR`);
    return;
  }
  signal.throwIfAborted();
  const bundleDir = options.out ?? join(settings.cacheDir, 'models', name);
  say(`\nConverting to ${bundleDir} …`);
  const { convertCheckpoint } = await import('@m2fp/compiler/m2fp');
  await convertCheckpoint(checkpointDir, bundleDir, describe(model, options.url), signal);
  const served = options.out === undefined ? name : bundleDir;
  say(`Done. Serve it with MODEL=${served}, or try it: npx m2fp parse --model ${served} PHOTO`);
}

/** What another address than ModelScope's has is its own affair: its revision is not known. */
function describe({ name, licence, repository, revision }: PublishedModel, url: string | undefined): BundleDescription {
  if (url !== undefined) return { name, licence, source: withoutSecrets(url) };
  return { name, licence, version: revision, source: `ModelScope ${repository}, revision ${revision}` };
}

function parseUrl(text: string): string {
  if (!/^https?:$/.test(URL.parse(text)?.protocol ?? ''))
    throw new InvalidArgumentError('It has to begin with http:// or https://.');
  return text;
}

function parseSha256(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('It has to be 64 hexadecimal digits.');
  return text;
}

/** An address may hold a name and password, or a signature in its query. */
function withoutSecrets(text: string): string {
  const { origin, pathname } = new URL(text);
  return `${origin}${pathname}`;
}
