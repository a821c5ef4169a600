/**
 * Multi-scale deformable attention as Deformable DETR's PyTorch code has it: one `GridSample` per level, on maps of
 * fixed sizes, tokens in the checkpoint's order of levels. The oracle for the compiler's form.
 */
import type { GraphBuilder, Value } from '../../src/onnx/graph-builder.ts';
import { type PixelDecoderArchitecture, samplingPoints } from '../../src/m2fp/architecture.ts';
import { linear } from '../../src/m2fp/linear.ts';
import type { Weights } from '../../src/m2fp/weights.ts';

export interface FixedLevel {
  height: number;
  width: number;
}

/** `src` and `query` are [all tokens, width]. Returns the same. */
export function gridSampleAttention(
  g: GraphBuilder,
  weights: Weights,
  { width, heads }: PixelDecoderArchitecture,
  levels: readonly FixedLevel[],
  { src, query }: { src: Value; query: Value },
): Value {
  const count = levels.reduce((sum, level) => sum + level.height * level.width, 0);
  const values = linear(g, weights.within('value_proj'), [width, width], src);
  const samples = heads * levels.length * samplingPoints;
  const logits = linear(g, weights.within('attention_weights'), [samples, width], query);
  const perHead = g.node('Reshape', [logits, g.ints([count, heads, levels.length * samplingPoints])]);
  const attention = g.node('Softmax', [perHead], { axis: 2 });
  const offsets = linear(g, weights.within('sampling_offsets'), [2 * samples, width], query);
  const pairs = g.node('Reshape', [offsets, g.ints([count, heads, levels.length, samplingPoints, 2])]);
  const sampled = levels.map((level, k) => {
    const start = levels.slice(0, k).reduce((sum, { height, width: columns }) => sum + height * columns, 0);
    const tokens = slice(g, values, 0, start, start + level.height * level.width);
    const shape = g.ints([heads, width / heads, level.height, level.width]);
    const map = g.node('Reshape', [g.node('Transpose', [tokens], { perm: [1, 0] }), shape]);
    const own = g.node('Squeeze', [slice(g, pairs, 2, k, k + 1), g.ints([2])]);
    const sampledValues = g.node('GridSample', [map, samplingGrid(g, own, levels, level)], { align_corners: 0 });
    const weight = slice(g, attention, 2, k * samplingPoints, (k + 1) * samplingPoints);
    const perPoint = g.node('Unsqueeze', [g.node('Transpose', [weight], { perm: [1, 0, 2] }), g.ints([1])]);
    return g.node('ReduceSum', [g.node('Mul', [sampledValues, perPoint]), g.ints([3])], { keepdims: 0 });
  });
  const joined = g.node('Reshape', [g.node('Sum', sampled), g.ints([width, count])]);
  return linear(g, weights.within('output_proj'), [width, width], g.node('Transpose', [joined], { perm: [1, 0] }));
}

/** [heads, tokens, points, (x, y)] in -1..1, from offsets [tokens, heads, points, (x, y)] in pixels of `level`. */
function samplingGrid(g: GraphBuilder, offsets: Value, levels: readonly FixedLevel[], level: FixedLevel): Value {
  const references = levels.flatMap(({ height, width }) =>
    Array.from({ length: height * width }, (_, i) => [
      ((i % width) + 0.5) / width,
      (Math.floor(i / width) + 0.5) / height,
    ]),
  );
  const reference = g.constant('references', Float32Array.from(references.flat()), [references.length, 1, 1, 2]);
  const size = g.constant('size', Float32Array.of(level.width, level.height), [2]);
  const location = g.node('Add', [reference, g.node('Div', [offsets, size])]);
  const grid = g.node('Sub', [g.node('Mul', [location, g.scalar(2)]), g.scalar(1)]);
  return g.node('Transpose', [grid], { perm: [1, 0, 2, 3] });
}

function slice(g: GraphBuilder, x: Value, axis: number, start: number, end: number): Value {
  return g.node('Slice', [x, g.ints([start]), g.ints([end]), g.ints([axis])]);
}
