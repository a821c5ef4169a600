/**
 * A checkpoint and its configuration, from whatever a user names: ModelScope's folder, or a file of weights with a
 * configuration of detectron2.
 */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { checkpointError } from '../checkpoint/checkpoint-error.ts';
import { assertFile, configurationFileName, readConfiguration, weightsFileName } from '../checkpoint/checkpoint.ts';
import type { TensorSource } from '../checkpoint/tensor-source.ts';
import { openWeights, type WeightsFile } from '../checkpoint/weights-file.ts';
import { type M2fpConfiguration, parseConfiguration } from './configuration.ts';
import { parseDetectron2 } from './detectron2/configuration.ts';
import { loadYamlWithBase } from './detectron2/yaml-file.ts';
import { describeStrangeNetwork } from './known-networks.ts';
import { readLabelsFile } from './labels-file.ts';
import { withOwnNames } from './tensor-names.ts';

export interface ModelFiles {
  /** A file of weights, or a folder with one. */
  readonly path: string;
  /** detectron2's YAML, or ModelScope's JSON. By default what lies beside the weights. */
  readonly config?: string | undefined;
  /** Names for the classes, instead of those that the configuration gives. */
  readonly labels?: string | undefined;
}

/** An open checkpoint of M2FP. */
export interface OpenModel extends WeightsFile {
  readonly configuration: M2fpConfiguration;
  /** Every file that it was read from, the weights last. */
  readonly files: readonly string[];
}

interface Found {
  readonly weights: string;
  readonly config: string | undefined;
}

/**
 * Opens a checkpoint; reads no tensors. Without a configuration, which is refused unless `config` is `optional`, sizes
 * are those that the tensors show. Rejects with `model_unavailable` for anything that is not a checkpoint of M2FP.
 */
export async function openModel(files: ModelFiles, config: 'required' | 'optional'): Promise<OpenModel> {
  const found = await findFiles(files);
  if (found.config === undefined && config === 'required') throw checkpointError(describeMissingConfig(found.weights));
  if (basename(found.weights) === weightsFileName) {
    if (found.config !== undefined) await assertFile(found.config);
    await assertFile(found.weights);
  }
  const weights = await openWeights(found.weights);
  try {
    const { source, notes } = withOwnNames(weights.source);
    assertOwnNetwork(source);
    const read = await readConfigurationOf(found.config, source);
    const configuration =
      files.labels === undefined ? read.configuration : await renamed(read.configuration, files.labels);
    return {
      ...weights,
      source,
      configuration,
      notes: [...weights.notes, ...notes],
      files: [...read.files, found.weights],
    };
  } catch (error) {
    await weights.close();
    throw error;
  }
}

function describeMissingConfig(weights: string): string {
  return (
    `${weights} needs a configuration, since tensors do not show strides, heads and classes: name detectron2’s with ` +
    '--config m2fp_….yaml (and the file that it names as _BASE_ beside it), or put it there as config.yaml.'
  );
}

function assertOwnNetwork(source: TensorSource): void {
  const strange = describeStrangeNetwork(source.names());
  if (strange !== undefined)
    throw checkpointError(`${source.description} is not a checkpoint of M2FP: it looks like ${strange}.`);
}

async function readConfigurationOf(
  file: string | undefined,
  source: TensorSource,
): Promise<{ configuration: M2fpConfiguration; files: readonly string[] }> {
  if (file === undefined) return { configuration: parseDetectron2({}, 'no configuration', source), files: [] };
  if (/\.json$/i.test(file)) {
    return { configuration: parseConfiguration(await readConfiguration(file), file), files: [file] };
  }
  const { value, files } = await loadYamlWithBase(file);
  return { configuration: parseDetectron2(value, file, source), files };
}

async function renamed(configuration: M2fpConfiguration, file: string): Promise<M2fpConfiguration> {
  const classNames = await readLabelsFile(file, configuration.architecture.decoder.classes);
  const { task, notes } = configuration;
  const person = classNames.findIndex((name) => /^(human|person)$/i.test(name));
  // What was said about names concerns those that were replaced.
  const kept = notes.filter((note) => !/--labels|classes are taken/.test(note));
  const newTask = task.kind === 'm2fp' && person > 0 ? { ...task, personClassId: person } : task;
  return { ...configuration, classNames, task: newTask, notes: kept };
}

/** The weights and the configuration that a user means by a path. */
async function findFiles({ path, config }: ModelFiles): Promise<Found> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw checkpointError(`${path} does not exist.`);
  const weights = found.isDirectory() ? await weightsIn(path) : path;
  return { weights, config: config ?? (await configBeside(weights)) };
}

/** ModelScope's file; else the only file that is one of weights by its name. */
async function weightsIn(dir: string): Promise<string> {
  const names = await readdir(dir);
  if (names.includes(weightsFileName) || names.includes(configurationFileName)) return join(dir, weightsFileName);
  const candidates = names.filter((name) => /\.(pth?|pkl|bin)$/.test(name)).sort();
  const [only] = candidates;
  if (only !== undefined && candidates.length === 1) return join(dir, only);
  const others = names.includes('model_index.json') ? ' It is a diffusers pipeline.' : '';
  throw checkpointError(
    only === undefined
      ? `${dir} has no weights: neither ${weightsFileName} nor another file .pth, .pt or .pkl.${others}`
      : `${dir} has several files of weights (${candidates.slice(0, 5).join(', ')}): name the one you mean.`,
  );
}

/** Of these, training with detectron2 leaves the first beside its weights, and ModelScope publishes the second. */
async function configBeside(weights: string): Promise<string | undefined> {
  const dir = dirname(resolve(weights));
  const names = await readdir(dir).catch((): string[] => []);
  const isModelScopes = basename(weights) === weightsFileName;
  const order = isModelScopes ? [configurationFileName, 'config.yaml'] : ['config.yaml', configurationFileName];
  const name = order.find((one) => names.includes(one)) ?? (isModelScopes ? configurationFileName : undefined);
  return name === undefined ? undefined : join(dirname(weights), name);
}
