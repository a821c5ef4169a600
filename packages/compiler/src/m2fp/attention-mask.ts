/**
 * Masked attention (Mask2Former, arXiv 2112.01527, section 3.2.1): a query looks only where the mask that it drew before
 * is positive; a query whose mask is positive nowhere looks everywhere.
 */
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';

/**
 * `logits` are mask logits at the memory's size, [queries, n]. Returns what is added to the attention scores, of the same
 * shape: minus infinity where the logit is below zero, else 0.
 */
export function attentionMask(g: GraphBuilder, logits: Value): Value {
  const highest = g.node('ReduceMax', [logits, g.ints([1])], { keepdims: 1 });
  const nowhere = g.node('Less', [highest, g.scalar(0)]);
  // Nothing is below minus infinity: such a query is blocked nowhere.
  const limit = g.node('Where', [nowhere, g.scalar(-Infinity), g.scalar(0)]);
  const blocked = g.node('Less', [logits, limit]);
  return g.node('Where', [blocked, g.scalar(-Infinity), g.scalar(0)], {}, { name: 'attention_mask' });
}
