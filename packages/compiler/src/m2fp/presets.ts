/** Networks that random weights are made for: no checkpoint is needed to try how fast or how large one is. */

export const presetNames = ['r101', 'r50', 'tiny'] as const;
export type PresetName = (typeof presetNames)[number];

export const presetKinds = ['people', 'single'] as const;
export type PresetKind = (typeof presetKinds)[number];

/** Every size a fraction of the published one: for tests and for trying things out. */
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
  /** As published: what is not said has the published value. */
  r101: {},
  r50: { backbone: { depth: 50 } },
  tiny: { ...tiny, input_single_human: { sizes: [[192, 256]] } },
};

/** A configuration in ModelScope's form. */
export function presetConfiguration(name: PresetName, kind: PresetKind): unknown {
  return { model: { ...models[name], single_human: kind === 'single' } };
}
