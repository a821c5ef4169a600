import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Shape } from '../checkpoint/tensor-source.ts';
import { createSeededSource } from './seeded-source.ts';

const shapes = new Map(
  Object.entries(
    JSON.parse(
      readFileSync(new URL('../../../../test/golden/people/state_dict_shapes.json', import.meta.url), 'utf8'),
    ) as Record<string, Shape>,
  ),
);
const source = createSeededSource({ shapes, seed: 7 });

const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values: Float32Array): number => {
  const center = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
};

describe('createSeededSource', () => {
  it('has every tensor with its shape', async () => {
    expect(source.names()).toEqual([...shapes.keys()]);
    for (const [name, shape] of shapes) {
      expect(source.shape(name)).toEqual(shape);
      expect(await source.read(name)).toHaveLength(shape.reduce((product, size) => product * size, 1));
    }
  });

  it('gives the same values in whatever order they are read', async () => {
    const other = createSeededSource({ shapes, seed: 7 });
    const backwards = new Map<string, Float32Array>();
    for (const name of other.names().toReversed()) backwards.set(name, await other.read(name));
    for (const name of source.names()) expect(await source.read(name), name).toEqual(backwards.get(name));
  });

  it('gives these very values, on every machine and in every version', async () => {
    const values = await source.read('sem_seg_head.predictor.query_feat.weight');
    expect([...values.subarray(0, 3)]).toEqual([0.8563361763954163, 1.7163869142532349, 0.06311513483524323]);
  });

  it('gives other values for another seed, and for another name of the same shape', async () => {
    const name = 'backbone.res2.1.conv1.weight';
    const values = await source.read(name);
    expect(await createSeededSource({ shapes, seed: 8 }).read(name)).not.toEqual(values);
    expect(await source.read('backbone.res2.2.conv1.weight')).not.toEqual(values);
  });

  it('refuses a name that it was not given', async () => {
    expect(source.shape('head.weight')).toBeUndefined();
    await expect(source.read('head.weight')).rejects.toThrow('no tensor head.weight');
  });
});

describe('the statistics of random weights', () => {
  it.each([
    ['backbone.stem.conv2.weight', 0, Math.sqrt(2 / (8 * 9))],
    ['sem_seg_head.pixel_decoder.input_proj.0.0.weight', 0, Math.sqrt(1 / 256)],
    ['sem_seg_head.pixel_decoder.transformer.encoder.layers.0.linear1.weight', 0, Math.sqrt(2 / 64)],
    ['sem_seg_head.pixel_decoder.transformer.encoder.layers.0.linear2.weight', 0, Math.sqrt(1 / 96)],
    ['sem_seg_head.predictor.query_embed.weight', 0, 1],
    ['backbone.res2.0.conv1.norm.running_var', 1, 0.1],
    ['backbone.res2.0.conv1.norm.weight', 1, 0.05],
    ['backbone.res2.0.conv3.norm.weight', 0.25, 0.025],
    ['sem_seg_head.predictor.decoder_norm.weight', 1, 0.05],
  ])('%s has mean %d and deviation %d', async (name, expectedMean, expectedDeviation) => {
    const values = await source.read(name);
    expect(deviation(values) / expectedDeviation).toBeGreaterThan(0.6);
    expect(deviation(values) / expectedDeviation).toBeLessThan(1.4);
    expect(Math.abs(mean(values) - expectedMean)).toBeLessThan(
      (3 * expectedDeviation) / Math.sqrt(values.length) + 1e-6,
    );
  });

  it('leaves no tensor at zero that the network reads', async () => {
    for (const name of source.names()) {
      const isRead = !name.endsWith('num_batches_tracked');
      expect(
        (await source.read(name)).some((value) => value !== 0),
        name,
      ).toBe(isRead);
    }
  });

  it('removes the common offset of what comes out of a ReLU', async () => {
    const weights = await source.read('sem_seg_head.predictor.transformer_ffn_layers.0.linear2.weight');
    for (let row = 0; row < 64; row += 1) expect(mean(weights.subarray(row * 128, (row + 1) * 128))).toBeCloseTo(0, 6);
  });

  it('sends each head in its own direction, with its points one to four cells away', async () => {
    const values = await source.read(
      'sem_seg_head.pixel_decoder.transformer.encoder.layers.0.self_attn.sampling_offsets.bias',
    );
    const points = Array.from({ length: values.length / 2 }, (_, index) => [
      ...values.subarray(index * 2, index * 2 + 2),
    ]);
    const rounded = points.map((point) => point.map((value) => Math.round(value) + 0));
    expect(rounded.slice(0, 4)).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
      [4, 0],
    ]);
    expect(rounded.slice(12, 16)).toEqual([
      [0, 1],
      [0, 2],
      [0, 3],
      [0, 4],
    ]);
    expect(rounded.slice(24 + 8, 24 + 12)).toEqual([
      [-1, 0],
      [-2, 0],
      [-3, 0],
      [-4, 0],
    ]);
  });
});
