import { describe, expect, it } from 'vitest';
import {
  flag,
  floats,
  int,
  integers,
  ints,
  runConverted,
  runTfjs,
  testGraph,
  text,
  texts,
  type TestGraph,
} from '../../testing/tfjs/tfjs-oracle.ts';

async function expectSame(graph: TestGraph, output = 'y'): Promise<void> {
  const [ours, theirs] = await Promise.all([runConverted(graph, output), runTfjs(graph, output)]);
  expect(ours.shape).toEqual(theirs.shape);
  expect(ours.values).toHaveLength(theirs.values.length);
  const largest = ours.values.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - (theirs.values[i] ?? NaN))),
    0,
  );
  expect(largest).toBeLessThan(1e-5);
}

const window = (padding: string, stride: number, dilation = 1) => ({
  padding: text(padding),
  strides: ints(1, stride, stride, 1),
  dilations: ints(1, dilation, dilation, 1),
});

describe('convolutions give what TensorFlow.js gives', () => {
  it.each([
    ['SAME', 1, 1],
    ['SAME', 2, 1],
    ['SAME', 1, 2],
    ['VALID', 2, 1],
  ] as const)('Conv2D, %s, stride %i, dilation %i', async (padding, stride, dilation) => {
    const graph = testGraph([1, 7, 8, 3], {
      w: floats(3, 3, 3, 5),
      y: { op: 'Conv2D', input: ['x', 'w'], attr: window(padding, stride, dilation) },
    });
    await expectSame(graph);
  });

  it('Conv2D with explicit padding', async () => {
    const graph = testGraph([1, 6, 6, 2], {
      w: floats(3, 3, 2, 2),
      y: {
        op: 'Conv2D',
        input: ['x', 'w'],
        attr: { ...window('EXPLICIT', 1), explicit_paddings: ints(0, 0, 1, 1, 2, 2, 0, 0) },
      },
    });
    await expectSame(graph);
  });

  it.each([['BiasAdd'], ['BiasAdd', 'Relu'], ['BiasAdd', 'Relu6']])('_FusedConv2D with %s %s', async (...fused) => {
    const graph = testGraph([1, 5, 5, 4], {
      w: floats(1, 1, 4, 6),
      b: floats(6),
      y: {
        op: '_FusedConv2D',
        input: ['x', 'w', 'b'],
        attr: { ...window('SAME', 1), fused_ops: texts(...fused.filter(Boolean)), num_args: int(1) },
      },
    });
    await expectSame(graph);
  });

  it.each([1, 2])('DepthwiseConv2dNative with a multiplier, stride %i', async (stride) => {
    const graph = testGraph([1, 8, 8, 3], {
      w: floats(3, 3, 3, 2),
      y: { op: 'DepthwiseConv2dNative', input: ['x', 'w'], attr: window('SAME', stride) },
    });
    await expectSame(graph);
  });

  it('FusedDepthwiseConv2dNative with a bias', async () => {
    const graph = testGraph([1, 8, 8, 3], {
      w: floats(3, 3, 3, 1),
      b: floats(3),
      y: {
        op: 'FusedDepthwiseConv2dNative',
        input: ['x', 'w', 'b'],
        attr: { ...window('SAME', 1), fused_ops: texts('BiasAdd'), num_args: int(1) },
      },
    });
    await expectSame(graph);
  });
});

describe('poolings, paddings and reductions give what TensorFlow.js gives', () => {
  it.each([
    ['MaxPool', 'SAME', 3, 2],
    ['MaxPool', 'VALID', 2, 2],
    ['AvgPool', 'SAME', 3, 2],
    ['AvgPool', 'SAME', 3, 1],
  ] as const)('%s, %s, kernel %i, stride %i', async (op, padding, kernel, stride) => {
    const graph = testGraph([1, 6, 7, 2], {
      y: { op, input: ['x'], attr: { ...window(padding, stride), ksize: ints(1, kernel, kernel, 1) } },
    });
    await expectSame(graph);
  });

  it('Pad along channels', async () => {
    const pads = integers([4, 2], 0, 0, 1, 0, 0, 2, 0, 3);
    await expectSame(testGraph([1, 3, 4, 2], { pads, y: { op: 'Pad', input: ['x', 'pads'] } }));
  });

  it('PadV2 with a value', async () => {
    const value = { shape: [], data: Float32Array.of(0.5) };
    const pads = integers([4, 2], 0, 0, 1, 1, 2, 0, 0, 0);
    await expectSame(testGraph([1, 3, 4, 2], { pads, value, y: { op: 'PadV2', input: ['x', 'pads', 'value'] } }));
  });

  it('MirrorPad', async () => {
    const pads = integers([4, 2], 0, 0, 2, 1, 1, 2, 0, 0);
    const graph = testGraph([1, 4, 4, 2], {
      pads,
      y: { op: 'MirrorPad', input: ['x', 'pads'], attr: { mode: text('REFLECT') } },
    });
    await expectSame(graph);
  });

  it.each([
    ['Mean', true, [1, 2]],
    ['Mean', false, [1, 2]],
    ['Mean', false, [3]],
    ['Max', false, [-1]],
    ['Sum', true, [3]],
  ] as const)('%s, axes kept: %s, over %j', async (op, keep, axes) => {
    const graph = testGraph([1, 4, 5, 3], {
      axes: integers([axes.length], ...axes),
      y: { op, input: ['x', 'axes'], attr: { keep_dims: flag(keep) } },
    });
    await expectSame(graph);
  });

  it.each([-1, 1])('ArgMax along axis %i', async (axis) => {
    const graph = testGraph([1, 4, 5, 3], { axis: integers([], axis), y: { op: 'ArgMax', input: ['x', 'axis'] } });
    await expectSame(graph);
  });
});

describe('arithmetic, activations and resizing give what TensorFlow.js gives', () => {
  it.each(['Add', 'AddV2', 'Sub', 'Mul', 'Maximum', 'Minimum'])(
    '%s of a picture and a vector of channels',
    async (op) => {
      await expectSame(testGraph([1, 3, 4, 5], { c: floats(5), y: { op, input: ['x', 'c'] } }));
    },
  );

  it.each(['Add', 'Mul'])('%s of two pictures of different sizes', async (op) => {
    const graph = testGraph([1, 3, 4, 5], {
      axes: integers([2], 1, 2),
      mean: { op: 'Mean', input: ['x', 'axes'], attr: { keep_dims: flag(true) } },
      y: { op, input: ['mean', 'x'] },
    });
    await expectSame(graph);
  });

  it.each(['Relu', 'Relu6', 'Elu', 'Sigmoid', 'Tanh', 'Softmax'])('%s', async (op) => {
    await expectSame(testGraph([1, 3, 4, 5], { y: { op, input: ['x'] } }));
  });

  it('LeakyRelu', async () => {
    await expectSame(testGraph([1, 3, 4, 5], { y: { op: 'LeakyRelu', input: ['x'], attr: { alpha: { f: 0.3 } } } }));
  });

  it.each([
    ['ResizeBilinear', false, false],
    ['ResizeBilinear', true, false],
    ['ResizeBilinear', false, true],
    ['ResizeNearestNeighbor', false, false],
    ['ResizeNearestNeighbor', false, true],
  ] as const)('%s, corners aligned: %s, half pixels: %s', async (op, aligned, half) => {
    const attr = { align_corners: flag(aligned), half_pixel_centers: flag(half) };
    const sizes = [integers([2], 9, 14), integers([2], 3, 4)];
    for (const size of sizes)
      await expectSame(testGraph([1, 5, 7, 2], { size, y: { op, input: ['x', 'size'], attr } }));
  });
});

describe('ops about shapes give what TensorFlow.js gives', () => {
  it('Reshape with an open size', async () => {
    await expectSame(
      testGraph([1, 4, 5, 6], { to: integers([3], 1, -1, 2), y: { op: 'Reshape', input: ['x', 'to'] } }),
    );
  });

  it.each([1, 3, -1])('ConcatV2 along axis %i', async (axis) => {
    const graph = testGraph([1, 2, 3, 4], {
      axis: integers([], axis),
      r: { op: 'Relu', input: ['x'] },
      y: { op: 'ConcatV2', input: ['x', 'r', 'axis'], attr: { N: int(2) } },
    });
    await expectSame(graph);
  });

  it('Squeeze and ExpandDims', async () => {
    const graph = testGraph([1, 4, 1, 3], {
      axis: integers([], 1),
      s: { op: 'Squeeze', input: ['x'], attr: { squeeze_dims: ints(2) } },
      y: { op: 'ExpandDims', input: ['s', 'axis'] },
    });
    await expectSame(graph, 's');
    await expectSame(graph);
  });

  it('a size computed from the shape of a tensor', async () => {
    const graph = testGraph([1, 4, 6, 2], {
      begin: integers([1], 1),
      end: integers([1], 3),
      one: integers([1], 1),
      two: integers([], 2),
      shape: { op: 'Shape', input: ['x'] },
      cut: { op: 'StridedSlice', input: ['shape', 'begin', 'end', 'one'] },
      size: { op: 'Mul', input: ['cut', 'two'] },
      y: { op: 'ResizeBilinear', input: ['x', 'size'] },
    });
    await expectSame(graph);
  });
});
