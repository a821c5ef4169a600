/**
 * Multi-head attention (arXiv 1706.03762): Mask2Former's queries look at a memory where a mask lets them (masked
 * attention, arXiv 2112.01527, section 3.2.1), and at each other.
 *
 * What is constant is worked into the weights: the queries' position encodings become biases, one row per query, and
 * the scores' scale (one over the square root of a head's width) is multiplied into the query projection. Keys are
 * projected transposed, as their product with the queries needs them.
 */
// `!` below: loops over weights, within the lengths that their shapes give.
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import type { DecoderArchitecture } from './architecture.ts';
import { reshape } from './feature-map.ts';
import { addAndNorm, gemmByColumn, gemmByRow, linear, matrixConstant } from './linear.ts';
import { createOnce, type Weight, type Weights } from './weights.ts';

/** What the queries look at: n tokens of the decoder's width. */
export interface Memory {
  /** [n, width] */
  readonly tokens: Value;
  /** [n, width]: the tokens plus their position encodings. */
  readonly keys: Value;
  /** [1, width]: a constant still to be added to every token, and to every key. */
  readonly added: Weight;
  /**
   * The heads look at it in this many parts, one after the other: the scores of all heads for the finest level are the
   * decoder's largest tensor, twice, and do not stay in the cache.
   */
  readonly headParts: number;
}

/** The queries' state [queries, width], and their learned position encodings of the same size. */
export interface Queries {
  readonly state: Value;
  readonly positions: Weight;
}

/**
 * `norm(state + attention)` over a memory. `mask` [queries, n] is added to the scores: minus infinity where a query
 * must not look.
 */
export function crossAttention(
  g: GraphBuilder,
  layer: Weights,
  architecture: DecoderArchitecture,
  queries: Queries,
  { tokens, keys, added, headParts, mask }: Memory & { mask: Value },
): Value {
  const attention = layer.within('multihead_attn');
  return addAttention(g, layer, attention, architecture, queries, {
    keys: [keys, added],
    values: [tokens, added],
    mask,
    headParts,
  });
}

/** `norm(state + attention)` of the queries among themselves. */
export function selfAttention(
  g: GraphBuilder,
  layer: Weights,
  architecture: DecoderArchitecture,
  queries: Queries,
): Value {
  const { state, positions } = queries;
  const attention = layer.within('self_attn');
  return addAttention(g, layer, attention, architecture, queries, {
    keys: [state, positions],
    values: [state, undefined],
    headParts: 1,
  });
}

/** What the keys and the values are projected from, each with the constant to be added to it first. */
interface Sources {
  readonly keys: readonly [Value, Weight];
  readonly values: readonly [Value, Weight | undefined];
  readonly mask?: Value;
  readonly headParts: number;
}

function addAttention(
  g: GraphBuilder,
  layer: Weights,
  attention: Weights,
  architecture: DecoderArchitecture,
  { state, positions }: Queries,
  { keys, values, mask, headParts }: Sources,
): Value {
  const { width, heads } = architecture;
  const parts = heads % headParts === 0 ? headParts : 1;
  const attended = createProjections(attention, architecture, parts).map(({ query, key, value }) => {
    const memory = { values: projectByRow(g, value, ...values), keys: projectByColumn(g, key, ...keys) };
    const queries = projectByRow(g, query, state, positions);
    return attend(g, { heads: heads / parts, headWidth: width / heads }, { queries, ...memory, ...(mask && { mask }) });
  });
  const joined = attended.length === 1 && attended[0] ? attended[0] : g.node('Concat', attended, { axis: 1 });
  const result = linear(g, attention.within('out_proj'), [width, width], joined);
  return addAndNorm(g, layer.within('norm'), width, state, result);
}

/**
 * The mask of masked attention: a query looks only where the mask that it predicted before is positive; a query whose
 * mask is positive nowhere looks everywhere. `logits` are mask logits at the memory's size, [queries, n]. Returns what
 * is added to the attention scores, of the same shape: minus infinity where the logit is below zero, else 0.
 */
export function attentionMask(g: GraphBuilder, logits: Value): Value {
  const highest = g.node('ReduceMax', [logits, g.ints([1])], { keepdims: 1 });
  const nowhere = g.node('Less', [highest, g.scalar(0)]);
  // Nothing is below minus infinity: such a query is blocked nowhere.
  const limit = g.node('Where', [nowhere, g.scalar(-Infinity), g.scalar(0)]);
  const blocked = g.node('Less', [logits, limit]);
  return g.node('Where', [blocked, g.scalar(-Infinity), g.scalar(0)], {}, { name: 'attention_mask' });
}

/** Of some heads; width is theirs together. */
interface Projected {
  /** [queries, width] */
  queries: Value;
  /** [width, n] */
  keys: Value;
  /** [n, width] */
  values: Value;
  mask?: Value;
}

/**
 * [queries, width]: each head's weighted mean of the values. Of a node's inputs onnxruntime computes first what was
 * written last: the memory's side is therefore written before the queries', or the keys and values of all layers would
 * be computed, and held, before the first layer.
 */
function attend(
  g: GraphBuilder,
  { heads, headWidth }: { heads: number; headWidth: number },
  { queries, keys, values, mask }: Projected,
): Value {
  const valuesPerHead = splitHeads(g, values, heads);
  const perKey = reshape(g, keys, [heads, headWidth, -1]);
  const perQuery = splitHeads(g, queries, heads);
  const scores = g.node('MatMul', [perQuery, perKey], {}, { name: 'scores' });
  const masked = mask === undefined ? scores : g.node('Add', [scores, mask]);
  const attention = g.node('Softmax', [masked], { axis: -1 });
  const mixed = g.node('MatMul', [attention, valuesPerHead], {}, { name: 'mix' });
  const joined = g.node('Transpose', [mixed], { perm: [1, 0, 2] });
  return g.node('Flatten', [joined], { axis: 1 });
}

/** [n, width] → [heads, n, width / heads] */
function splitHeads(g: GraphBuilder, rows: Value, heads: number): Value {
  return g.node('Transpose', [reshape(g, rows, [0, heads, -1])], { perm: [1, 0, 2] });
}

/** `x · Wᵀ + b`, from the decoder's width to that of some heads. */
interface Projection {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly read: () => Promise<{ weight: Float32Array; bias: Float32Array }>;
}

/** Those of equal parts of the heads. In the checkpoint's matrix, query, key and value lie one under the other. */
function createProjections(
  attention: Weights,
  { width, heads }: DecoderArchitecture,
  parts: number,
): Record<'query' | 'key' | 'value', Projection>[] {
  const weight = attention.tensor('in_proj_weight', [3 * width, width]);
  const bias = attention.tensor('in_proj_bias', [3 * width]);
  // Each projection becomes two constants.
  const joined = createOnce(2 * 3 * parts, async () => ({ weight: await weight.read(), bias: await bias.read() }));
  const outputs = width / parts;
  const rows = (name: string, first: number, factor: number): Projection => ({
    name: `${attention.path}.${name}`,
    inputs: width,
    outputs,
    read: async () => {
      const whole = await joined();
      return {
        weight: scaled(whole.weight.subarray(first * width, (first + outputs) * width), factor),
        bias: scaled(whole.bias.subarray(first, first + outputs), factor),
      };
    },
  });
  return Array.from({ length: parts }, (_, i) => ({
    query: rows('query', i * outputs, 1 / Math.sqrt(width / heads)),
    key: rows('key', width + i * outputs, 1),
    value: rows('value', 2 * width + i * outputs, 1),
  }));
}

function scaled(values: Float32Array, factor: number): Float32Array {
  return factor === 1 ? values : values.map((value) => value * factor);
}

/**
 * The projection of `x + vectors`, [n, inputs]. `vectors` are constant, [1, inputs] or [n, inputs]; undefined for none.
 */
function projectByRow(g: GraphBuilder, projection: Projection, x: Value, vectors: Weight | undefined): Value {
  const { name, outputs } = projection;
  const weight = matrixConstant(g, weightOf(projection));
  const bias = g.deferredConstant(`${name}.bias`, () => projectVectors(projection, vectors), [
    vectors?.shape[0] ?? 1,
    outputs,
  ]);
  return gemmByRow(g, x, weight, bias, name);
}

/** The same, transposed: [outputs, n]. */
function projectByColumn(g: GraphBuilder, projection: Projection, x: Value, vectors: Weight): Value {
  const { name, outputs } = projection;
  const weight = matrixConstant(g, weightOf(projection));
  const read = async () => transposed(await projectVectors(projection, vectors), outputs);
  const bias = g.deferredConstant(`${name}.bias`, read, [outputs, vectors.shape[0] ?? 1]);
  return gemmByColumn(g, weight, x, bias, name);
}

function weightOf({ name, inputs, outputs, read }: Projection): Weight {
  return { name: `${name}.weight`, shape: [outputs, inputs], read: async () => (await read()).weight };
}

/** The projections of some vectors [n, inputs], bias included: [n, outputs]. Sums in float64. */
async function projectVectors(
  { inputs, outputs, read }: Projection,
  vectors: Weight | undefined,
): Promise<Float32Array> {
  const { weight, bias } = await read();
  if (vectors === undefined) return bias;
  const values = await vectors.read();
  return Float32Array.from({ length: (values.length / inputs) * outputs }, (_, at) => {
    const out = at % outputs;
    const row = ((at - out) / outputs) * inputs;
    let sum = bias[out]!;
    for (let i = 0; i < inputs; i++) sum += values[row + i]! * weight[out * inputs + i]!;
    return sum;
  });
}

/** [rows, columns] to [columns, rows]. */
function transposed(values: Float32Array, columns: number): Float32Array {
  const rows = values.length / columns;
  return Float32Array.from(values, (_, at) => values[(at % rows) * columns + Math.floor(at / rows)]!);
}
