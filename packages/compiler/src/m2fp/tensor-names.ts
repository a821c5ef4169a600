import type { TensorSource } from '../checkpoint/tensor-source.ts';

/** Every M2FP network has this tensor, and no other part of a checkpoint one whose name ends like this. */
const landmark = 'sem_seg_head.predictor.query_feat.weight';

/** Wrappers that put their name before each tensor's, in the order in which they are taken if there are several. */
const wrappers = ['', 'module.', 'model.', 'module.model.', 'model.module.', '_orig_mod.', 'module._orig_mod.'];

/**
 * The tensors by M2FP's own names: training on several GPUs puts `module.` before each, other programs `model.` and the
 * like. Where a checkpoint has the network twice, as an average of its weights over the training run (EMA) beside the
 * weights, the weights are taken; the note says which they are.
 */
export function withOwnNames(source: TensorSource): { source: TensorSource; notes: string[] } {
  const prefixes = source
    .names()
    .filter((name) => name.endsWith(landmark))
    .map((name) => name.slice(0, -landmark.length));
  const [prefix = '', ...others] = prefixes.sort((a, b) => rank(a) - rank(b));
  const notes =
    others.length === 0
      ? []
      : [
          `The network is there ${prefixes.length} times: the weights are those of ${quote(prefix)}, not of ${others.map(quote).join(', ')}.`,
        ];
  return { source: prefix === '' ? source : stripPrefix(source, prefix), notes };
}

function rank(prefix: string): number {
  const known = wrappers.indexOf(prefix);
  if (known >= 0) return known;
  return wrappers.length + prefix.length + (/ema|average|teacher/i.test(prefix) ? 1000 : 0);
}

function quote(prefix: string): string {
  return prefix === '' ? 'the names without a prefix' : `${prefix}*`;
}

/** Names that do not begin with the prefix stay: the network needs none of them. */
function stripPrefix(source: TensorSource, prefix: string): TensorSource {
  const full = new Map(
    source.names().map((name) => [name.startsWith(prefix) ? name.slice(prefix.length) : name, name]),
  );
  // A stripped name goes before an equal one that had no prefix.
  for (const name of source.names()) if (name.startsWith(prefix)) full.set(name.slice(prefix.length), name);
  return {
    description: source.description,
    names: () => [...full.keys()],
    shape: (name) => source.shape(full.get(name) ?? name),
    read: (name) => source.read(full.get(name) ?? name),
  };
}
