/**
 * Multi-head attention (arXiv 1706.03762): Mask2Former's queries look at a memory where a mask lets them (masked
 * attention, arXiv 2112.01527, section 3.2.1), and at each other.
 *
 * What is constant is worked into the weights: the queries' position encodings become biases, a row a query, and the
 * scores' scale (one over the square root of a head's width) is multiplied into the query projection. Keys are projected
 * transposed, as their product with the queries wants them.
 */
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import type { DecoderArchitecture } from './architecture.ts';
import { reshape } from './feature-map.ts';
import { addAndNorm, gemmByColumn, gemmByRow, linear } from './linear.ts';
import { type Projection, projectVectors, readProjections, scaled, transpose } from './projection.ts';
import type { WeightReader } from './weight-reader.ts';

/** What the queries look at: n tokens of the decoder's width. */
export interface Memory {
  /** [n, width] */
  readonly tokens: Value;
  /** [n, width]: the tokens and their position encodings. */
  readonly keys: Value;
  /** [width]: has to be added to every token, and to every key. */
  readonly added: Float32Array;
}

/** The queries' state [queries, width], and their learnt position encodings of the same size. */
export interface Queries {
  readonly state: Value;
  readonly positions: Float32Array;
}

/**
 * `norm(state + attention)` over a memory. `mask` [queries, n] is added to the scores: minus infinity where a query must
 * not look.
 */
export async function crossAttention(
  g: GraphBuilder,
  layer: WeightReader,
  architecture: DecoderArchitecture,
  { state, positions }: Queries,
  { tokens, keys, added, mask }: Memory & { mask: Value },
): Promise<Value> {
  const weights = layer.within('multihead_attn');
  const { query, key, value } = await readProjections(weights, architecture.width);
  const attended = attend(g, architecture, {
    queries: byRow(g, scaled(query, scoreScale(architecture)), state, positions),
    keys: byColumn(g, key, keys, added),
    values: byRow(g, value, tokens, added),
    mask,
  });
  return addAndNorm(g, layer.within('norm'), state, await linear(g, weights.within('out_proj'), attended));
}

/** `norm(state + attention)` of the queries among themselves. */
export async function selfAttention(
  g: GraphBuilder,
  layer: WeightReader,
  architecture: DecoderArchitecture,
  { state, positions }: Queries,
): Promise<Value> {
  const weights = layer.within('self_attn');
  const { query, key, value } = await readProjections(weights, architecture.width);
  const attended = attend(g, architecture, {
    queries: byRow(g, scaled(query, scoreScale(architecture)), state, positions),
    keys: byColumn(g, key, state, positions),
    values: byRow(g, value, state, new Float32Array(architecture.width)),
  });
  return addAndNorm(g, layer.within('norm'), state, await linear(g, weights.within('out_proj'), attended));
}

function scoreScale({ width, heads }: DecoderArchitecture): number {
  return 1 / Math.sqrt(width / heads);
}

interface Projected {
  /** [queries, width] */
  queries: Value;
  /** [width, n] */
  keys: Value;
  /** [n, width] */
  values: Value;
  mask?: Value;
}

/** [queries, width]: each head's weighted mean of the values. */
function attend(
  g: GraphBuilder,
  { width, heads }: DecoderArchitecture,
  { queries, keys, values, mask }: Projected,
): Value {
  const perQuery = splitHeads(g, queries, heads);
  const perKey = reshape(g, keys, [heads, width / heads, -1]);
  const scores = g.node('MatMul', [perQuery, perKey], {}, { name: 'scores' });
  const masked = mask === undefined ? scores : g.node('Add', [scores, mask]);
  const attention = g.node('Softmax', [masked], { axis: -1 });
  const mixed = g.node('MatMul', [attention, splitHeads(g, values, heads)], {}, { name: 'mix' });
  const joined = g.node('Transpose', [mixed], { perm: [1, 0, 2] });
  return g.node('Flatten', [joined], { axis: 1 });
}

/** [n, width] → [heads, n, width / heads] */
function splitHeads(g: GraphBuilder, rows: Value, heads: number): Value {
  return g.node('Transpose', [reshape(g, rows, [0, heads, -1])], { perm: [1, 0, 2] });
}

/** The projection of `x + vectors`, [n, width]; `vectors` are constant: [width], or [n, width]. */
function byRow(g: GraphBuilder, projection: Projection, x: Value, vectors: Float32Array): Value {
  const { name, weight, bias } = projection;
  const width = bias.length;
  const constant = g.constant(`${name}.weight`, weight, [width, width]);
  const added = g.constant(`${name}.bias`, projectVectors(projection, vectors), [vectors.length / width, width]);
  return gemmByRow(g, x, constant, added, name);
}

/** The same, transposed: [width, n]. */
function byColumn(g: GraphBuilder, projection: Projection, x: Value, vectors: Float32Array): Value {
  const { name, weight, bias } = projection;
  const width = bias.length;
  const constant = g.constant(`${name}.weight`, weight, [width, width]);
  const rows = transpose(projectVectors(projection, vectors), width);
  return gemmByColumn(g, constant, x, g.constant(`${name}.bias`, rows, [width, rows.length / width]), name);
}
