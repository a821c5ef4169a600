import type { Manifest } from '@m2fp/core/model';
import { stopWhenAborted, type TensorSource } from '../checkpoint/tensor-source.ts';
import { drawPeople } from '../synth/made-up-people.ts';
import { createSeededSource } from '../synth/seeded-source.ts';
import { type M2fpConfiguration, parseConfiguration } from './configuration.ts';
import { convertM2fp } from './convert.ts';
import { networkTensors } from './network.ts';

/** Sizes of a network that needs no checkpoint. */
export type PresetName = 'r101' | 'r50' | 'tiny';

export type PresetKind = 'people' | 'single';

/** What the network's masks are: noise, as random weights give, or made-up people, whatever is in the photo. */
export type PresetMasks = 'noise' | 'people';

/** Ends the name of a bundle whose masks are `people`. */
const madeUpSuffix = '-made-up';

/** Every size is a fraction of the published one: for tests and for trying things out. */
const tiny = {
  backbone: { depth: 50, width_per_group: 8, stem_out_channels: 16, res2_out_channels: 32 },
  encoder: {
    transformer_nheads: 4,
    transformer_dim_feedforward: 96,
    transformer_enc_layers: 2,
    conv_dim: 64,
    mask_dim: 64,
  },
  decoder: { hidden_dim: 64, num_queries: 24, nheads: 4, dim_feedforward: 128, dec_layers: 4, mask_dim: 64 },
};

const models: Readonly<Record<PresetName, Readonly<Record<string, unknown>>>> = {
  /** As published: keys that are missing have the published value. */
  r101: {},
  r50: { backbone: { depth: 50 } },
  tiny: { ...tiny, input_single_human: { sizes: [[192, 256]] } },
};

/** A configuration in ModelScope's form. */
function presetConfiguration(name: PresetName, kind: PresetKind): unknown {
  return { model: { ...models[name], single_human: kind === 'single' } };
}

interface SyntheticNetwork {
  architecture: PresetName;
  kind: PresetKind;
  /** Any whole number; the same seed gives the same bytes. */
  seed: number;
  /** `people`, which are of many, need that kind. */
  masks?: PresetMasks;
}

/**
 * Writes a bundle of random weights to `outDir`, so that everything can be run at the published size without the
 * published weights. Its results mean nothing, and its manifest says so (`synthetic`). With made-up people, it takes as
 * long, and what comes after it takes as long as with a trained network. Rejects as `convertM2fp` does,
 * and with the signal's reason once it is aborted.
 */
export async function synthesizeM2fp(
  network: SyntheticNetwork,
  outDir: string,
  signal: AbortSignal = new AbortController().signal,
): Promise<Manifest> {
  const { source, configuration } = openSynthetic(network);
  const { queries, classes } = configuration.architecture.decoder;
  const description = { ...namesOf(network), licence: 'none needed: random numbers', synthetic: true };
  const instead = network.masks === 'people' ? drawPeople(queries, classes) : undefined;
  return convertM2fp(stopWhenAborted(source, signal), configuration, outDir, description, instead);
}

/** The random weights of a bundle that `synthesizeM2fp` has made, by its name and version; undefined for any other. */
export function reopenSynthetic({ name, version }: Pick<Manifest, 'name' | 'version'>): SyntheticModel | undefined {
  const [, architecture = '', kind] = /^synthetic-(\w+)-(people|single)$/.exec(name) ?? [];
  const [, seed] = /^seed-(-?\d+)$/.exec(version) ?? [];
  if (!isPresetName(architecture) || seed === undefined) return undefined;
  return openSynthetic({ architecture, kind: kind === 'single' ? 'single' : 'people', seed: Number(seed) });
}

/** Whether a bundle, or the one that it was quantized from, has made-up people in place of its network's outputs. */
export function isMadeUp({ name, synthetic }: Pick<Manifest, 'name' | 'synthetic'>): boolean {
  return synthetic && `${name}-`.includes(`${madeUpSuffix}-`);
}

interface SyntheticModel {
  readonly source: TensorSource;
  readonly configuration: M2fpConfiguration;
}

function openSynthetic({ architecture, kind, seed }: SyntheticNetwork): SyntheticModel {
  const configuration = parseConfiguration(presetConfiguration(architecture, kind), `the preset ${architecture}`);
  return { source: createSeededSource({ shapes: networkTensors(configuration.architecture), seed }), configuration };
}

function namesOf({ architecture, kind, seed, masks }: SyntheticNetwork): Pick<Manifest, 'name' | 'version'> {
  const outputs = masks === 'people' ? madeUpSuffix : '';
  return { name: `synthetic-${architecture}-${kind}${outputs}`, version: `seed-${seed}` };
}

function isPresetName(name: string): name is PresetName {
  return Object.hasOwn(models, name);
}
