import type { Manifest } from '@m2fp/core/model';
import { stopWhenAborted } from '../checkpoint/tensor-source.ts';
import { createSeededSource } from '../synth/seeded-source.ts';
import { parseConfiguration } from './configuration.ts';
import { convertM2fp } from './convert.ts';
import { presetConfiguration, type PresetKind, type PresetName } from './presets.ts';
import { requiredTensors } from './required-tensors.ts';

export interface SyntheticNetwork {
  architecture: PresetName;
  kind: PresetKind;
  /** Any whole number; the same seed gives the same bytes. */
  seed: number;
}

/**
 * Writes a bundle of random weights to `outDir`, so that everything can be run at the published size where the weights
 * cannot be had. It finds what means nothing, and its manifest says so (`synthetic`). Rejects as `convertM2fp` does, and with the signal's reason once it is aborted.
 */
export async function synthesizeM2fp(
  network: SyntheticNetwork,
  outDir: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<Manifest> {
  const { architecture, kind, seed } = network;
  const configuration = parseConfiguration(presetConfiguration(architecture, kind), `the preset ${architecture}`);
  const source = createSeededSource({ shapes: requiredTensors(configuration.architecture), seed });
  return convertM2fp(stopWhenAborted(source, signal), configuration, outDir, {
    name: `synthetic-${architecture}-${kind}`,
    version: `seed-${seed}`,
    licence: 'none needed: random numbers',
    synthetic: true,
  });
}
