/**
 * The error that each layer adds by being quantized, measured alone: it gets the float32 network's own tensors, and its
 * result is compared with the float32 one. All layers in one run per input; only sums leave the network.
 */
import type { NetworkInputs, Session } from '@m2fp/core/model';
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import type { Stored } from './calibration-inputs.ts';
import { type Instruments, loadInstrumented } from './instrumented-graph.ts';
import type { Layer } from './layers.ts';
import type { WeightBits } from './parameters.ts';
import type { Plan } from './plan.ts';
import type { Progress } from './progress.ts';
import { dequantize, TensorForms } from './tensor-forms.ts';
import { type LayerWriter, writeConvolution, writeJoining, writeMatrix } from './write-layers.ts';

export interface LayerError {
  /** Root of the sum of squared errors, divided by that of the squared values, over all inputs. */
  readonly relative: number;
  /** Number of values in the layer's result: the least over all inputs. */
  readonly size: number;
}

const probe = {
  error: (layer: Layer) => `error of ${layer.name}`,
  power: (layer: Layer) => `power of ${layer.name}`,
  size: (layer: Layer) => `size of ${layer.name}`,
};

/** By the layers' names. */
export async function measureErrors(
  instruments: Instruments,
  { plan, bits }: { plan: Plan; bits: WeightBits },
  inputs: Stored<NetworkInputs>,
  progress: Progress,
): Promise<Map<string, LayerError>> {
  const layers = [...plan.layers.values()];
  const { quantizationOf } = plan;
  const session = await loadInstrumented(instruments, 'errors', (g) => {
    const forms = new TensorForms(g, quantizationOf, (name) => ({ name }));
    const writer = { g, graph: instruments.graph, bits };
    for (const layer of layers) addProbes(g, layer, writeAlone(writer, layer, forms, plan));
    return undefined;
  });
  try {
    return await sumErrors(session, layers, inputs, progress);
  } finally {
    await session.close();
  }
}

/** The layer's result, as float32 again. */
function writeAlone(writer: LayerWriter, layer: Layer, forms: TensorForms, { quantizationOf }: Plan): Value {
  if (layer.kind === 'matrix') return writeMatrix(writer, layer, forms);
  const output = quantizationOf(layer.output);
  const result =
    layer.kind === 'convolution'
      ? writeConvolution(writer, layer, forms.int8(layer.inputs[0]), output)
      : writeJoining(
          writer,
          layer,
          layer.inputs.map((tensor) => forms.int8(tensor)),
          output,
        );
  return dequantize(writer.g, result, `${layer.name}/result`);
}

function addProbes(g: GraphBuilder, layer: Layer, found: Value): void {
  const expected = { name: layer.output };
  const sumOfSquares = (value: Value) => g.node('ReduceSumSquare', [value], { keepdims: 0 });
  g.output(sumOfSquares(g.node('Sub', [found, expected])), probe.error(layer), 'float32', []);
  g.output(sumOfSquares(expected), probe.power(layer), 'float32', []);
  g.output(g.node('Cast', [g.node('Size', [expected])], { to: 1 }), probe.size(layer), 'float32', []);
}

async function sumErrors(
  session: Session,
  layers: readonly Layer[],
  inputs: Stored<NetworkInputs>,
  progress: Progress,
): Promise<Map<string, LayerError>> {
  const sums = new Map(layers.map((layer) => [layer, { error: 0, power: 0, size: Infinity }]));
  for (let i = 0; i < inputs.count; i++) {
    await progress.step('errors', i, inputs.count);
    const names = layers.flatMap((layer) => [probe.error(layer), probe.power(layer), probe.size(layer)]);
    const found = await session.run(await inputs.read(i), names);
    const read = (name: string) => found[name]?.data[0] ?? NaN;
    for (const [layer, sum] of sums) {
      sum.error += read(probe.error(layer));
      sum.power += read(probe.power(layer));
      sum.size = Math.min(sum.size, read(probe.size(layer)));
    }
  }
  return new Map(
    [...sums].map(([layer, { error, power, size }]) => {
      const relative = power > 0 ? Math.sqrt(error / power) : error > 0 ? Infinity : 0;
      return [layer.name, { relative, size }];
    }),
  );
}
