import { describe, expect, it } from 'vitest';
import type { Shape, TensorSource } from '../checkpoint/tensor-source.ts';
import { createOnce, recordWeights, weightsFrom } from './weights.ts';

const source: TensorSource = {
  description: '/models/pytorch_model.pt',
  names: () => ['head.weight', 'head.bias'],
  shape: (name) => ({ 'head.weight': [2, 3], 'head.bias': [2] })[name],
  read: async (name) => (name === 'head.bias' ? Float32Array.of(1, NaN) : new Float32Array(6)),
};

describe('weights of a checkpoint', () => {
  it('are read by their full name', async () => {
    const weight = weightsFrom(source).within('head').tensor('weight', [2, 3]);
    expect(weight).toMatchObject({ name: 'head.weight', shape: [2, 3] });
    expect(await weight.read()).toHaveLength(6);
  });

  it('are refused when they are read: missing, of another shape, or not finite', async () => {
    const refusal = (name: string, shape: Shape) =>
      weightsFrom(source)
        .tensor(name, shape)
        .read()
        .catch((error: unknown) => error);
    expect(await refusal('tail.bias', [3])).toMatchObject({
      code: 'model_unavailable',
      message: '/models/pytorch_model.pt has no tensor tail.bias; the network needs it as [3].',
    });
    expect(await refusal('head.weight', [3, 2])).toMatchObject({
      code: 'model_unavailable',
      message: 'In /models/pytorch_model.pt, tensor head.weight is [2, 3]; the configuration asks for [3, 2].',
    });
    expect(await refusal('head.bias', [2])).toMatchObject({
      code: 'model_unavailable',
      message: '/models/pytorch_model.pt: tensor head.bias holds values that are not finite.',
    });
  });
});

describe('a dry run', () => {
  it('lists what is declared, with shapes, and reads nothing', async () => {
    const shapes = new Map<string, Shape>();
    const { weight } = recordWeights(shapes).within('head').affine([2, 3]);
    expect([...shapes]).toEqual([
      ['head.weight', [2, 3]],
      ['head.bias', [2]],
    ]);
    await expect(weight.read()).rejects.toThrow('head.weight is read in a dry run');
  });

  it('refuses a network that uses one tensor in two shapes', () => {
    const weights = recordWeights(new Map());
    weights.tensor('x', [2, 3]);
    weights.tensor('x', [2, 3]);
    expect(() => weights.tensor('x', [6])).toThrow('x is used as [2, 3] and as [6]');
  });
});

it('createOnce creates a value once for all of its uses, and keeps it no longer', async () => {
  let created = 0;
  const once = createOnce(2, async () => ++created);
  expect([await once(), await once()]).toEqual([1, 1]);
  expect(await once()).toBe(2);
});
