import { describe, expect, it } from 'vitest';
import type { FloatTensor, Session, TensorInfo } from '../../../model/session.ts';
import { createPyramid } from '../sampling/pyramid.ts';
import { createSegmenter } from './segmenter.ts';

const settings = { size: 8, step: 2, classes: 3 };
const fitting = [1, 4, 4, 3];

/**
 * A session whose n-th run gives n everywhere, in the shape `given`. Like onnxruntime, it writes into the tensor that
 * it gets for its output, and converts what is not float32.
 */
function fakeSession(output: Partial<TensorInfo>, given: readonly number[] = fitting) {
  const targets: (FloatTensor | undefined)[] = [];
  const session: Session = {
    inputNames: ['image'],
    outputNames: ['probabilities'],
    inputs: [],
    outputs: [{ name: 'probabilities', type: 'float32', shape: fitting, ...output }],
    run: (_, outputs) => {
      const target = Array.isArray(outputs) ? undefined : (outputs as Record<string, FloatTensor>)['probabilities'];
      targets.push(target);
      const length = given.reduce((product, size) => product * size, 1);
      const probabilities = target ?? { data: new Float32Array(length), shape: given };
      probabilities.data.fill(targets.length);
      return Promise.resolve({ probabilities });
    },
    close: () => Promise.resolve(),
  };
  return { session, targets };
}

const photo = createPyramid({ data: new Uint8Array(16 * 16 * 3), width: 16, height: 16 });
const frame = { toPhoto: { a: 8, b: 0, tx: 8, ty: 8 }, faceWidth: 8 };
const square = { center: { x: 0, y: 0 }, side: 1 };
const segmentWith = (session: Session) => {
  const segmenter = createSegmenter(session, settings);
  return () => segmenter.segment(photo, frame, square);
};

describe('the segmenter', () => {
  it.each([
    ['fixed', fitting],
    ['symbolic', ['batch', '', -1, 3]],
  ])('gives the classes of a network whose output shape is %s, in one array for all runs', async (_, shape) => {
    const { session, targets } = fakeSession({ shape });
    const segment = segmentWith(session);
    const first = await segment();
    expect(first).toMatchObject({ size: 4, classes: 3, step: 2 });
    expect([...first.data]).toEqual(Array<number>(48).fill(1));
    expect((await segment()).data).toBe(first.data);
    expect(first.data[47]).toBe(2);
    expect(targets.map((target) => target?.data)).toEqual([undefined, first.data]);
  });

  it('has no float32 array to write into for a network that gives another type', async () => {
    const { session, targets } = fakeSession({ type: 'float16' });
    const segment = segmentWith(session);
    await segment();
    expect([...(await segment()).data]).toEqual(Array<number>(48).fill(2));
    expect(targets).toEqual([undefined, undefined]);
  });

  it.each<[Partial<TensorInfo>, string]>([
    [{ name: 'logits' }, 'it has no output called "probabilities"'],
    [{ shape: [1, 8, 8, 3] }, 'is [1, 8, 8, 3], where [1, 4, 4, 3] would be read'],
    [{ shape: [1, 'rows', 'columns', 19] }, 'is [1, rows, columns, 19], where [1, 4, 4, 3] would be read'],
    [{ shape: [4, 4, 3] }, 'is [4, 4, 3], where [1, 4, 4, 3] would be read'],
  ])('refuses to load a network with the output %o', (output, message) => {
    expect(() => createSegmenter(fakeSession(output).session, settings)).toThrow(
      expect.objectContaining({ code: 'model_unavailable', message: expect.stringContaining(message) as string }),
    );
  });

  it('refuses a result that turns out to have another shape', async () => {
    const { session } = fakeSession({ shape: [1, 'rows', 'columns', 3] }, [1, 8, 8, 3]);
    await expect(segmentWith(session)()).rejects.toMatchObject({
      code: 'model_unavailable',
      message: expect.stringContaining('is [1, 8, 8, 3]') as string,
    });
  });
});
