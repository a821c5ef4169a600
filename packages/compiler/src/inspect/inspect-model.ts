/** What a folder with a model in it holds: a bundle, or a checkpoint and what the compiler would make of it. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { AppError } from '@m2fp/contract';
import { describeFile, type Manifest, manifestFileName, type ManifestOf, openBundle } from '@m2fp/core/model';
import { type Checkpoint, configurationFileName, openCheckpoint, weightsFileName } from '../checkpoint/checkpoint.ts';
import { type M2fpConfiguration, parseConfiguration } from '../m2fp/configuration.ts';
import { createManifest } from '../m2fp/bundle-manifest.ts';
import { tensorProblems } from '../m2fp/convert.ts';
import { networkTensors } from '../m2fp/network.ts';

/** A bundle's manifest; all its files were found to be whole. */
export type BundleReport = { readonly what: 'bundle' } & ManifestOf;

/** What a folder holds: a model bundle or a checkpoint. Throws `model_unavailable` if it is neither, or damaged. */
export async function inspectModel(dir: string): Promise<BundleReport | CheckpointReport> {
  const root = resolve(dir);
  if (await exists(join(root, manifestFileName))) return { what: 'bundle', ...(await openBundle(root)).manifest };
  if ((await exists(join(root, weightsFileName))) || (await exists(join(root, configurationFileName)))) {
    return inspectCheckpoint(root);
  }
  const checkpointFiles = `${weightsFileName}, ${configurationFileName}`;
  throw new AppError(
    'model_unavailable',
    `${dir} is neither a model bundle (${manifestFileName}) nor a checkpoint (${checkpointFiles}).`,
  );
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** What a checkpoint folder holds, and what the compiler would make of it. */
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
  /** Tensors that are missing or have another shape: with any of them it cannot be converted. */
  readonly problems: readonly string[];
}

/** Reads the configuration and the tensors' names and shapes; hashes the files. Throws as `openCheckpoint` does. */
async function inspectCheckpoint(dir: string): Promise<CheckpointReport> {
  const checkpoint = await openCheckpoint(dir);
  try {
    const configuration = parseConfiguration(checkpoint.configuration, configurationFileName);
    return {
      what: 'checkpoint',
      ...describeNetwork(checkpoint, configuration),
      files: [await describeFile(dir, configurationFileName), await describeFile(dir, weightsFileName)],
    };
  } finally {
    await checkpoint.close();
  }
}

function describeNetwork({ source, dtypes, otherEntries }: Checkpoint, configuration: M2fpConfiguration) {
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
    problems: tensorProblems(source, configuration.architecture),
  };
}
