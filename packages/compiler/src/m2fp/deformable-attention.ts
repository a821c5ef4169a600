/**
 * Multi-scale deformable attention (Deformable DETR, arXiv 2010.04159, section 4.1): each token looks at a few points
 * of each level, at offsets that it computes itself, and takes their weighted mean.
 *
 * Written as ONNX's `DeformConv`, one per level, which does the sampling, the weighting and the sum over points in one
 * pass: a 2x2 window stands for the 4 points (the window's own cell is subtracted from the offset), its weights are
 * ones, the attention weights are the convolution's mask, each channel is a group, and each head an image of a batch:
 * onnxruntime's samples of one image then take an eighth of the memory. The output's pixels are the cells of the token
 * grid.
 */
// `!` below: loops over weights, within the lengths that their shapes give.
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { levels, type PixelDecoderArchitecture, samplingPoints } from './architecture.ts';
import { reshape } from './feature-map.ts';
import { columnConstant, gemmByColumn, matrixConstant, vectorConstant } from './linear.ts';
import type { GridLevel, TokenGrid } from './token-grid.ts';
import { createOnce, type Weights } from './weights.ts';

const windowSide = 2;

/** `src` and `query` are [N, width], N the cells of the grid. Returns the same. */
export function deformableAttention(
  g: GraphBuilder,
  weights: Weights,
  architecture: PixelDecoderArchitecture,
  grid: TokenGrid,
  { src, query }: { src: Value; query: Value },
): Value {
  const { width, heads } = architecture;
  const samples = projectQuery(g, weights, architecture, grid, query);
  const projection = weights.within('value_proj');
  const { weight, bias } = projection.affine([width, width]);
  const [matrix, column] = [matrixConstant(g, weight), columnConstant(g, bias)];
  // Level by level: the values of all are then never in memory together.
  const project = ({ start, end }: GridLevel): Value => {
    return gemmByColumn(g, matrix, g.node('Slice', [src, start, end, g.ints([0])]), column, projection.path);
  };
  const sampled = grid.levels.map((level, k) => {
    const sample = samples[k]!;
    return g.node(
      'DeformConv',
      [
        valueMap(g, project(level), level, architecture),
        onesKernel(g, width / heads),
        sample.offsets,
        undefined,
        sample.weights,
      ],
      { kernel_shape: [windowSide, windowSide], group: width / heads, offset_group: 1 },
      { name: `${weights.path}.sample` },
    );
  });
  // Sums of two: onnxruntime computes a Sum of three on one thread.
  const joined = reshape(
    g,
    sampled.reduce((sum, own) => g.node('Add', [sum, own])),
    [width, -1],
  );
  return projectOutput(g, weights.within('output_proj'), width, joined);
}

interface Samples {
  /** [heads, points * 2, rows, columns] in pixels, y first. */
  offsets: Value;
  /** [heads, points, rows, columns]; they add up to 1 per head over all levels. */
  weights: Value;
}

/** One Gemm for everything that a query says: where it looks, and how much each point counts. */
function projectQuery(
  g: GraphBuilder,
  weights: Weights,
  architecture: PixelDecoderArchitecture,
  { rows, columns, levels: gridLevels }: TokenGrid,
  query: Value,
): Samples[] {
  const { heads } = architecture;
  const { weight, bias } = joinProjections(g, weights, architecture);
  const joined = gemmByColumn(g, weight, query, bias, `${weights.path}.sampling`);
  const points = heads * samplingPoints;
  const parts = [...levels.map(() => 2 * points), levels.length * points];
  const [logits, ...offsets] = g.nodes('Split', [joined, g.ints(parts)], parts.length, { axis: 0 }).toReversed();
  const perHead = reshape(g, logits!, [heads, levels.length * samplingPoints, -1]);
  const softmax = reshape(g, softmaxOverPoints(g, perHead), [heads, levels.length, samplingPoints, -1]);
  const attention = g.nodes('Split', [softmax], levels.length, { axis: 1, num_outputs: levels.length });
  return gridLevels.map(({ base }, k) => {
    const pairs = reshape(g, offsets[levels.length - 1 - k]!, [points, 2, -1]);
    return {
      offsets: reshape(g, g.node('Add', [pairs, base]), [heads, 2 * samplingPoints, rows, columns]),
      weights: reshape(g, attention[k]!, [heads, samplingPoints, rows, columns]),
    };
  });
}

/** Softmax along axis 1 of three. Written out: onnxruntime's own transposes there and back, which takes longer. */
function softmaxOverPoints(g: GraphBuilder, logits: Value): Value {
  const axis = g.ints([1]);
  const highest = g.node('ReduceMax', [logits, axis], { keepdims: 1 });
  const powers = g.node('Exp', [g.node('Sub', [logits, highest])]);
  return g.node('Div', [powers, g.node('ReduceSum', [powers, axis], { keepdims: 1 })]);
}

/**
 * The rows of `sampling_offsets` in the order level, head, point, (y, x), then those of `attention_weights` in their
 * own order: head, level, point.
 */
function joinProjections(
  g: GraphBuilder,
  weights: Weights,
  { width, heads }: PixelDecoderArchitecture,
): { weight: Value; bias: Value } {
  const points = heads * levels.length * samplingPoints;
  const offsets = weights.within('sampling_offsets').affine([2 * points, width]);
  const logits = weights.within('attention_weights').affine([points, width]);
  const joined = createOnce(2, async () => {
    const [offsetWeight, offsetBias] = [await offsets.weight.read(), await offsets.bias.read()];
    const weight = new Float32Array(3 * points * width);
    const bias = new Float32Array(3 * points);
    offsetRows(heads).forEach(({ from, windowCell }, row) => {
      weight.set(offsetWeight.subarray(from * width, (from + 1) * width), row * width);
      bias[row] = offsetBias[from]! - windowCell;
    });
    weight.set(await logits.weight.read(), 2 * points * width);
    bias.set(await logits.bias.read(), 2 * points);
    return { weight, bias };
  });
  const constant = (part: 'weight' | 'bias', columns: number) =>
    g.deferredConstant(`${weights.path}.sampling.${part}`, async () => (await joined())[part], [3 * points, columns]);
  return { weight: constant('weight', width), bias: constant('bias', 1) };
}

/**
 * For each row of the permuted matrix: its row in the checkpoint (head, level, point, (x, y)), and the cell of its
 * window.
 */
function offsetRows(heads: number): { from: number; windowCell: number }[] {
  const rows: { from: number; windowCell: number }[] = [];
  for (const level of levels) {
    for (let head = 0; head < heads; head++) {
      for (let point = 0; point < samplingPoints; point++) {
        const first = 2 * ((head * levels.length + level) * samplingPoints + point);
        rows.push({ from: first + 1, windowCell: Math.floor(point / windowSide) });
        rows.push({ from: first, windowCell: point % windowSide });
      }
    }
  }
  return rows;
}

/** The values of one level as a map per head, with zeros around its bottom and right: what lies outside is zero. */
function valueMap(
  g: GraphBuilder,
  values: Value,
  { size, padding }: GridLevel,
  { width, heads }: PixelDecoderArchitecture,
): Value {
  const map = reshape(g, values, [heads, width / heads, size.height, size.width]);
  return g.node('Pad', [map, padding, undefined, g.ints([2, 3])]);
}

function onesKernel(g: GraphBuilder, width: number): Value {
  const shape = [width, 1, windowSide, windowSide];
  return g.sharedConstant('ones_kernel', () => new Float32Array(width * windowSide ** 2).fill(1), shape);
}

/** `Wᵀ` applied to columns: [width, N] → [N, width]. */
function projectOutput(g: GraphBuilder, layer: Weights, width: number, joined: Value): Value {
  const { weight, bias } = layer.affine([width, width]);
  const constants = [matrixConstant(g, weight), vectorConstant(g, bias)];
  return g.node('Gemm', [joined, ...constants], { transA: 1, transB: 1 }, { name: layer.path });
}
