/**
 * Networks of many sizes against the plain network. The golden cases check both against the reference implementation,
 * at one set of sizes; here each size differs from all others of its kind at least once.
 */
import { describe, expect, it } from 'vitest';
import { networkTensors } from './network.ts';
import { compileNetwork, randomImage, relativeDifference } from '../../testing/m2fp/compiled-network.ts';
import { plainNetwork } from '../../testing/m2fp/plain-network/plain-network.ts';
import type { Tensor } from '../../testing/m2fp/plain-network/tensor.ts';
import { type ModelOverrides, type SmallModel, smallModel } from '../../testing/m2fp/small-model.ts';

interface Case {
  of: string;
  overrides: ModelOverrides;
  size: [height: number, width: number];
  seed?: number;
}

const cases: Case[] = [
  { of: 'depth 50', overrides: {}, size: [64, 64] },
  { of: 'depth 101', overrides: { backbone: { depth: 101 } }, size: [32, 96] },
  { of: 'depth 152', overrides: { backbone: { depth: 152 } }, size: [96, 32] },
  {
    of: 'grouped convolutions',
    overrides: { backbone: { num_groups: 4, width_per_group: 2, res2_out_channels: 24, stem_out_channels: 12 } },
    size: [64, 96],
  },
  { of: 'the stride in the first convolution', overrides: { backbone: { stride_in_1x1: true } }, size: [96, 64] },
  {
    of: 'a stem as wide as res2, so that res2 needs no shortcut',
    overrides: { backbone: { stem_out_channels: 16, res2_out_channels: 16 } },
    size: [64, 64],
  },
  { of: 'the basic stem of one 7x7 convolution', overrides: { backbone: { stem: 'basic' } }, size: [64, 96] },
  {
    of: 'a dilated res5 with a multi-grid',
    overrides: { backbone: { res5_dilation: 2, res5_multi_grid: [1, 2, 4] } },
    size: [64, 96],
  },
  {
    of: 'dilated res4 and res5, the stride in the first convolution',
    overrides: { backbone: { res4_dilation: 2, res5_dilation: 4, stride_in_1x1: true, num_groups: 2 } },
    size: [32, 96],
  },
  { of: 'a dilated res4 before a plain res5', overrides: { backbone: { res4_dilation: 2 } }, size: [96, 64] },
  {
    of: 'a multi-grid without a dilation',
    overrides: { backbone: { res5_multi_grid: [2, 1, 3] } },
    size: [160, 64],
  },
  {
    of: 'a decoder narrower than the pixel decoder, and masks of a third width',
    overrides: {
      encoder: { conv_dim: 64, mask_dim: 20, transformer_nheads: 2, transformer_dim_feedforward: 24 },
      decoder: { hidden_dim: 40, mask_dim: 20, nheads: 5, dim_feedforward: 56 },
    },
    size: [64, 96],
  },
  {
    of: 'a decoder wider than the pixel decoder, and masks wider than both',
    overrides: {
      encoder: { conv_dim: 32, mask_dim: 72, transformer_nheads: 8 },
      decoder: { hidden_dim: 48, mask_dim: 72, nheads: 2, num_queries: 5, num_classes: 3 },
    },
    size: [96, 96],
  },
  {
    of: 'a projection that the widths do not require',
    overrides: { decoder: { enforce_input_project: true } },
    size: [32, 64],
  },
  {
    of: 'one head and one layer of each kind',
    overrides: {
      encoder: { transformer_nheads: 1, transformer_enc_layers: 1 },
      decoder: { nheads: 1, dec_layers: 1, num_queries: 1, num_classes: 8 },
    },
    size: [64, 64],
  },
  {
    of: 'more layers and queries than published, one head per feature',
    overrides: {
      encoder: { transformer_nheads: 32, transformer_enc_layers: 7 },
      decoder: { nheads: 32, dec_layers: 10, num_queries: 130, num_classes: 60 },
    },
    size: [64, 32],
  },
  { of: 'the smallest image', overrides: {}, size: [32, 32] },
];

describe('a compiled network computes what the plain network does', () => {
  it.each(cases)('with $of, at $size', async ({ overrides, size, seed = 1 }) => {
    const model = smallModel(overrides, seed);
    const image = randomImage(...size);
    const read = new Set<string>();
    const parameters = await parametersOf(model, read);
    const expected = plainNetwork(toTensor(image), parameters, model.json);
    const network = await compileNetwork(model.source, model.configuration.architecture);
    const { logits, masks } = await network.run(image);
    await network.close();
    expect(logits.shape).toEqual(expected.logits.shape);
    expect(masks.shape).toEqual(expected.masks.shape);
    // If a mask logit is almost zero, rounding decides what a query looks at: such a seed would prove nothing.
    expect(expected.closestToBlocking).toBeGreaterThan(1e-4);
    expect(relativeDifference(logits.data, expected.logits.data)).toBeLessThan(1e-5);
    expect(relativeDifference(masks.data, expected.masks.data)).toBeLessThan(1e-5);
    expect([...networkTensors(model.configuration.architecture).keys()].sort()).toEqual([...read].sort());
  });
});

/** Every tensor of the model; the names of those that are read go into `read`. */
async function parametersOf({ source }: SmallModel, read: Set<string>): Promise<(name: string) => Tensor> {
  const all = new Map<string, Tensor>();
  for (const name of source.names()) {
    all.set(name, { data: Float64Array.from(await source.read(name)), shape: source.shape(name) ?? [] });
  }
  return (name) => {
    read.add(name);
    const found = all.get(name);
    if (found === undefined) throw new Error(`the network has no tensor ${name}`);
    return found;
  };
}

function toTensor({ data, shape }: { data: Float32Array; shape: readonly number[] }): Tensor {
  return { data: Float64Array.from(data), shape };
}
