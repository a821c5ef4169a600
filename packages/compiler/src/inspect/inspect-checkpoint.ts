import { describeFile, type Manifest } from '@m2fp/core/model';
import { type Checkpoint, configurationFileName, openCheckpoint, weightsFileName } from '../checkpoint/checkpoint.ts';
import { type M2fpConfiguration, parseConfiguration } from '../m2fp/configuration.ts';
import { createManifest } from '../m2fp/bundle-manifest.ts';
import { tensorProblems } from '../m2fp/convert.ts';
import { networkTensors } from '../m2fp/network.ts';

/** What a checkpoint folder holds, and what the compiler would make of it. */
export interface CheckpointReport extends Pick<Manifest, 'kind' | 'labels' | 'parameters' | 'architecture' | 'files'> {
  readonly what: 'checkpoint';
  readonly tensors: number;
  /** How many tensors are stored as what. */
  readonly dtypes: Readonly<Record<string, number>>;
  /** Tensors, entries that are none, and configuration keys that the network does not need. */
  readonly ignoredTensors: readonly string[];
  readonly ignoredEntries: readonly string[];
  readonly ignoredConfigurationKeys: readonly string[];
  /** Keys that are missing and have the value of the published checkpoint. */
  readonly assumedConfigurationKeys: readonly string[];
  /** Tensors that are missing or of another shape: with any of them it cannot be converted. */
  readonly problems: readonly string[];
}

/** Reads a checkpoint's configuration and the names and shapes of its tensors; hashes its files. Throws as `openCheckpoint`. */
export async function inspectCheckpoint(dir: string): Promise<CheckpointReport> {
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
