/** What a model on disk holds: a bundle, or a checkpoint and what the compiler would make of it. */
import { stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { AppError } from '@m2fp/contract';
import { describeFile, type Manifest, manifestFileName, type ManifestOf, openBundle } from '@m2fp/core/model';
import { createManifest } from '../m2fp/bundle-manifest.ts';
import { networkTensors } from '../m2fp/network.ts';
import { type ModelFiles, type OpenModel, openModel } from '../m2fp/open-model.ts';
import { tensorProblems } from '../m2fp/tensor-problems.ts';

/** A bundle's manifest; all its files were found to be whole. */
export type BundleReport = { readonly what: 'bundle' } & ManifestOf;

/**
 * What a folder or a file holds: a model bundle or a checkpoint. Throws `model_unavailable` if it is neither, or
 * damaged.
 */
export async function inspectModel(
  file: string,
  options: Omit<ModelFiles, 'path'> = {},
): Promise<BundleReport | CheckpointReport> {
  const path = resolve(file);
  if (await exists(join(path, manifestFileName))) return { what: 'bundle', ...(await openBundle(path)).manifest };
  if (!(await exists(path))) {
    throw new AppError(
      'model_unavailable',
      `${file} is neither a model bundle (${manifestFileName}) nor a checkpoint: it does not exist.`,
    );
  }
  return inspectCheckpoint({ ...options, path });
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** What a checkpoint holds, and what the compiler would make of it. */
export interface CheckpointReport extends Pick<Manifest, 'kind' | 'labels' | 'parameters' | 'architecture' | 'files'> {
  readonly what: 'checkpoint';
  readonly tensors: number;
  /** How many tensors are stored as which type. */
  readonly dtypes: Readonly<Record<string, number>>;
  /** Tensors, entries that are not tensors, and configuration keys that the network does not need. */
  readonly ignoredTensors: readonly string[];
  readonly ignoredEntries: readonly string[];
  readonly ignoredConfigurationKeys: readonly string[];
  /** Missing keys, for which the published checkpoint's values are used. */
  readonly assumedConfigurationKeys: readonly string[];
  /** Which weights these are, and what was assumed about them. */
  readonly notes: readonly string[];
  /**
   * Tensors that are missing or have another shape, and sizes that differ from the configuration: with any of them it
   * cannot be converted.
   */
  readonly problems: readonly string[];
}

/** Reads the configuration and the tensors' names and shapes; hashes the files. Throws as `openModel` does. */
async function inspectCheckpoint(files: ModelFiles): Promise<CheckpointReport> {
  const model = await openModel(files, 'optional');
  try {
    const described = model.files.map((file) => describeFile(dirname(file), basename(file)));
    return { what: 'checkpoint', ...describeNetwork(model), files: await Promise.all(described) };
  } finally {
    await model.close();
  }
}

const noConfiguration = 'No configuration was found: sizes that tensors do not show are those of the published one.';

function describeNetwork({ source, dtypes, otherEntries, notes, configuration, files }: OpenModel) {
  const required = networkTensors(configuration.architecture);
  const { kind, labels, parameters, architecture } = createManifest(source, configuration, { name: 'inspected' });
  const { backbone, pixelDecoder, decoder, network = null } = architecture;
  const names = source.names();
  return {
    kind,
    labels,
    parameters,
    architecture: { network, backbone: backbone ?? null, pixelDecoder: pixelDecoder ?? null, decoder: decoder ?? null },
    tensors: names.length,
    dtypes,
    ignoredTensors: names.filter((name) => !required.has(name)),
    ignoredEntries: otherEntries,
    ignoredConfigurationKeys: configuration.ignoredKeys,
    assumedConfigurationKeys: configuration.assumedKeys,
    notes: [...notes, ...configuration.notes, ...(files.length > 1 ? [] : [noConfiguration])],
    problems: tensorProblems(source, configuration),
  };
}
