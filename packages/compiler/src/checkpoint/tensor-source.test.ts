import { describe, expect, it } from 'vitest';
import { stopWhenAborted, tensorProblem, type TensorSource } from './tensor-source.ts';

const source: TensorSource = {
  description: '/models/pytorch_model.pt',
  names: () => ['weight', 'scale'],
  shape: (name) => ({ weight: [2, 3], scale: [] })[name],
  read: async () => new Float32Array(6),
};

describe('tensorProblem', () => {
  it('finds none with a tensor of the right shape', () => {
    expect(tensorProblem(source, 'weight', [2, 3])).toBeUndefined();
    expect(tensorProblem(source, 'scale', [])).toBeUndefined();
  });

  it('names the file, the tensor and the shape of one that is missing', () => {
    expect(tensorProblem(source, 'bias', [3])).toBe(
      '/models/pytorch_model.pt has no tensor bias; the network needs it as [3].',
    );
  });

  it.each([[[3, 2]], [[2]], [[2, 3, 1]], [[]]])('finds one with a tensor of [2, 3] if %j is needed', (shape) => {
    expect(tensorProblem(source, 'weight', shape)).toMatch(/pytorch_model\.pt, tensor weight is \[2, 3\]; .* asks for/);
  });

  it('names both shapes', () => {
    expect(tensorProblem(source, 'weight', [6, 1])).toMatch('is [2, 3]; the configuration asks for [6, 1]');
    expect(tensorProblem(source, 'scale', [1])).toMatch('is a scalar; the configuration asks for [1]');
  });
});

describe('stopWhenAborted', () => {
  it('reads until the signal is aborted, and then rejects with its reason', async () => {
    const controller = new AbortController();
    const stopping = stopWhenAborted(source, controller.signal);
    expect(await stopping.read('weight')).toHaveLength(6);
    controller.abort(new Error('that is enough'));
    await expect(stopping.read('weight')).rejects.toThrow('that is enough');
    expect(stopping.names()).toEqual(source.names());
  });
});
