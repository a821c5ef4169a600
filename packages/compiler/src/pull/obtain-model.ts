/** From a published model's name to its bundle: fetched from ModelScope, from another address, or made from a file. */
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { manifestFileName } from '@m2fp/core/model';
import { namedModels, type PublishedModel, type PublishedModelName } from '@m2fp/core/bundles';
import { weightsFileName } from '../checkpoint/checkpoint.ts';
import type { BundleDescription } from '../m2fp/bundle-manifest.ts';
import { convertCheckpoint } from '../m2fp/convert.ts';
import type { DownloadedFile } from './download-file.ts';
import { pullError } from './pull-error.ts';
import { pullModel } from './pull-model.ts';

export interface ModelOrigin {
  readonly name: PublishedModelName;
  /** A URL or a path, instead of ModelScope. */
  readonly from?: string | undefined;
  /** detectron2's YAML; `from` is then one file of weights. */
  readonly config?: string | undefined;
  /** A tag or branch of ModelScope's repository, other than the usual one. */
  readonly revision?: string | undefined;
  /** What the weights have to be: 64 hexadecimal digits. */
  readonly sha256?: string | undefined;
}

export interface ObtainEvents {
  onProgress(file: string, doneBytes: number, totalBytes: number | undefined): void;
  onNote(note: string): void;
}

export function isUrl(from: string): boolean {
  return /^https?:\/\//i.test(from);
}

/** What a user has to know before anything is fetched: what it is, where from, and what may be done with it. */
export function licenseNotice({ name, from, revision }: ModelOrigin): string {
  const { description, license, repository } = publishedModel(name, revision);
  const source = from === undefined ? `https://modelscope.cn/models/${repository}` : shownOrigin(from);
  return [
    `${description}.`,
    `Source: ${source}`,
    `License of the weights: ${license} (https://creativecommons.org/licenses/by-nc/4.0/).`,
    'You may use and adapt them with attribution, but NOT for commercial purposes.',
    'A model bundle made from them stays under that license.',
  ].join('\n');
}

/** Puts the checkpoint into a folder, resuming what was fetched before. Gives no files if `from` is a path. */
export async function fetchCheckpoint(
  origin: ModelOrigin,
  dir: string,
  events: ObtainEvents,
  signal: AbortSignal,
): Promise<DownloadedFile[]> {
  const { name, from, config, revision, sha256 } = origin;
  if (config !== undefined && from === undefined) {
    throw pullError('A configuration of detectron2 needs weights of detectron2: name them by --from.');
  }
  if (from !== undefined && !isUrl(from)) return [];
  const model = publishedModel(name, revision);
  return pullModel({ model, dir, url: from, sha256, signal, weightsOnly: config !== undefined, ...events });
}

/** Makes the bundle from what `fetchCheckpoint` put into `dir`, or from the path that `from` is. */
export async function convertFetched(
  origin: ModelOrigin,
  dir: string,
  bundleDir: string,
  events: ObtainEvents,
  signal: AbortSignal,
): Promise<void> {
  const { from, config } = origin;
  const fetched = config === undefined ? dir : join(dir, weightsFileName);
  const path = from === undefined || isUrl(from) ? fetched : from;
  if (await isBundle(path)) throw pullError(`${path} is a model bundle already: give it by --model.`);
  await convertCheckpoint(path, bundleDir, describeBundle(origin), signal, {
    config,
    onNote: (note) => events.onNote(note),
  });
}

async function isBundle(path: string): Promise<boolean> {
  return stat(join(path, manifestFileName)).then(
    () => true,
    () => false,
  );
}

function publishedModel(name: PublishedModelName, revision: string | undefined): PublishedModel {
  const model: PublishedModel = namedModels[name];
  return { ...model, revision: revision ?? model.revision };
}

/** Files from anywhere else than ModelScope may be of any revision. */
function describeBundle({ name, from, revision }: ModelOrigin): BundleDescription {
  const model = publishedModel(name, revision);
  const { license: licence, repository } = model;
  if (from !== undefined) return { name, licence, source: shownOrigin(from) };
  return { name, licence, version: model.revision, source: `ModelScope ${repository}, revision ${model.revision}` };
}

/** A URL may contain a name and password, or a signature in its query; a path is nobody else's business. */
export function shownOrigin(from: string): string {
  if (!isUrl(from)) return `file ${basename(from)}`;
  const { origin, pathname } = new URL(from);
  return `${origin}${pathname}`;
}
