/** GroupNorm (arXiv 1803.08494) over maps, as the pixel decoder has it after its convolutions. */
import { float, type GraphBuilder, type Value } from '../onnx/graph-builder.ts';
import { reshape } from './feature-map.ts';
import type { WeightReader } from './weight-reader.ts';

const groups = 32;

/** [1, channels, h, w] → the same. onnxruntime has no kernel of its own for it, but one a group for InstanceNormalization. */
export async function groupNorm(g: GraphBuilder, layer: WeightReader, x: Value): Promise<Value> {
  const scale = await layer.read('weight');
  const shift = await layer.read('bias');
  const perChannel = [scale.data.length, 1, 1];
  const normalised = g.node(
    'InstanceNormalization',
    [reshape(g, x, [1, groups, -1]), groupConstant(g, 1), groupConstant(g, 0)],
    { epsilon: float(1e-5) },
    { name: layer.path },
  );
  const map = g.node('Reshape', [normalised, g.node('Shape', [x])]);
  const scaled = g.node('Mul', [map, g.constant(scale.name, scale.data, perChannel)]);
  return g.node('Add', [scaled, g.constant(shift.name, shift.data, perChannel)]);
}

function groupConstant(g: GraphBuilder, value: number): Value {
  return g.sharedConstant(`group_norm_${value}`, () => new Float32Array(groups).fill(value), [groups]);
}
