import { describe, expect, it } from 'vitest';
import { assertTensor, requireTensor, trackTensors, type TensorSource } from './tensor-source.ts';

const source: TensorSource = {
  description: '/models/pytorch_model.pt',
  names: () => ['weight', 'scale'],
  shape: (name) => ({ weight: [2, 3], scale: [] })[name],
  read: async () => new Float32Array(6),
};

describe('requireTensor', () => {
  it('gives the values of a tensor with the right shape', async () => {
    expect(await requireTensor(source, 'weight', [2, 3])).toHaveLength(6);
    expect(() => assertTensor(source, 'scale', [])).not.toThrow();
  });

  it('names the file, the tensor and the shape of one that is missing', async () => {
    await expect(requireTensor(source, 'bias', [3])).rejects.toMatchObject({
      code: 'model_unavailable',
      message: '/models/pytorch_model.pt has no tensor bias; the network needs it as [3].',
    });
  });

  it.each([[[3, 2]], [[2]], [[2, 3, 1]], [[]]])('refuses a tensor of [2, 3] where %j is asked for', (shape) => {
    expect(() => assertTensor(source, 'weight', shape)).toThrow(
      /pytorch_model\.pt, tensor weight is \[2, 3\]; .* asks for/,
    );
  });

  it('names both shapes', () => {
    expect(() => assertTensor(source, 'weight', [6, 1])).toThrow('is [2, 3]; the configuration asks for [6, 1]');
    expect(() => assertTensor(source, 'scale', [1])).toThrow('is a scalar; the configuration asks for [1]');
  });
});

describe('trackTensors', () => {
  it('lists what was never read, in order', async () => {
    const tracked = trackTensors(source);
    expect(tracked.unused()).toEqual(['weight', 'scale']);
    await tracked.read('scale');
    tracked.shape('weight');
    expect(tracked.unused()).toEqual(['weight']);
  });
});
