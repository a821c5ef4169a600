import { expect, it } from 'vitest';
import type { TensorSource } from '../checkpoint/tensor-source.ts';
import { withOwnNames } from './tensor-names.ts';

const queries = 'sem_seg_head.predictor.query_feat.weight';
const stem = 'backbone.stem.conv1.weight';

/** Each tensor's only value is its place in the list. */
function sourceOf(...names: string[]): TensorSource {
  return {
    description: 'file',
    names: () => names,
    shape: (name) => (names.includes(name) ? [1] : undefined),
    read: async (name) => new Float32Array([names.indexOf(name)]),
  };
}

it.each(['', 'module.', 'model.', 'module.model.', '_orig_mod.', 'student.'])(
  '%j before each name is dropped',
  async (p) => {
    const { source, notes } = withOwnNames(sourceOf(`${p}${stem}`, `${p}${queries}`, 'criterion.empty_weight'));
    expect(source.names()).toEqual([stem, queries, 'criterion.empty_weight']);
    expect(source.shape(queries)).toEqual([1]);
    expect([...(await source.read(queries))]).toEqual([1]);
    expect(notes).toEqual([]);
  },
);

it.each([
  [['ema_model.', 'module.'], 'module.*', 1],
  [['model.', ''], 'the names without a prefix', 1],
  [['teacher.', 'net.'], 'net.*', 1],
])('of a network that is there twice, %j, one is taken', async (prefixes, taken, place) => {
  const { source, notes } = withOwnNames(sourceOf(...prefixes.map((prefix) => `${prefix}${queries}`)));
  expect([...(await source.read(queries))]).toEqual([place]);
  expect(notes).toHaveLength(1);
  expect(notes[0]).toContain(`are those of ${taken}, not of`);
});

it('a checkpoint of something else keeps its names', () => {
  expect(withOwnNames(sourceOf('module.layer1.0.conv1.weight')).source.names()).toEqual([
    'module.layer1.0.conv1.weight',
  ]);
});
