/** The loaded graph of a `semantic` bundle, held to what its manifest says that it takes and gives. */
import { AppError } from '@m2fp/contract';
import type { Bundle } from '../../model/manifest.ts';
import { loadGraph } from '../../model/load-graph.ts';
import type { FloatTensor, SessionSettings, TensorInfo } from '../../model/session.ts';
import { type ClassMap, type ClassValues, readClassMap, readClassValues, strangeClass } from './class-map.ts';
import type { SemanticInput, SemanticManifest, SemanticOutput } from './manifest.ts';

export type ClassesFound =
  { readonly what: 'values'; readonly values: ClassValues } | { readonly what: 'labels'; readonly map: ClassMap };

export interface SemanticNetwork {
  /** `raw` is the output as it comes. Throws `model_unavailable` if it is not what the manifest says. */
  run(input: FloatTensor): Promise<{ readonly found: ClassesFound; readonly raw: FloatTensor }>;
  close(): Promise<void>;
}

const inputTypes = ['float32', 'float16', 'uint8', 'int8'];

/** Throws `model_unavailable` if the graph cannot be loaded, or takes something else than the manifest says. */
export async function loadSemanticNetwork(
  bundle: Bundle<SemanticManifest>,
  settings: SessionSettings,
): Promise<SemanticNetwork> {
  const { input, output, labels, graph } = bundle.manifest;
  const session = await loadGraph(bundle, graph, settings);
  const ids = new Set(labels.map(({ id }) => id));

  const run: SemanticNetwork['run'] = async (tensor) => {
    const { [output.name]: raw } = await session.run({ [input.name]: tensor }, [output.name]);
    if (raw === undefined) throw unfit(`it gives no "${output.name}"`);
    const found = read(raw);
    if (found === undefined) throw unfit(outputProblem(raw.shape, output, labels.length));
    const size = found.what === 'values' ? found.values : found.map;
    const problem = strideProblem(tensor.shape, size, input, output);
    if (problem !== undefined) throw unfit(problem);
    return { found, raw };
  };

  function read(result: FloatTensor): ClassesFound | undefined {
    if (output.values === 'labels') {
      const strange = strangeClass(result, ids);
      if (strange !== undefined) {
        throw unfit(`its output "${output.name}" has class ${strange}, which is none of the ${labels.length} labels`);
      }
      const map = readClassMap(result, ids);
      return map && { what: 'labels', map };
    }
    const values = readClassValues(result, output.layout, labels.length);
    return values && { what: 'values', values };
  }

  try {
    assertTakes(session.inputs, input);
    assertGives(session.outputs, output, labels.length);
  } catch (error) {
    await session.close();
    throw error;
  }
  return { run, close: () => session.close() };
}

function unfit(why: string): AppError {
  return new AppError('model_unavailable', `The network does not fit: ${why}.`);
}

/** `[1, 3, 473, 473]`; what is not fixed has its name, or `?`. */
export function describeShape(shape: readonly (number | string)[]): string {
  return `[${shape.map((size) => (size === '' || size === -1 ? '?' : size)).join(', ')}]`;
}

/** The shape of the input as the contract has it. */
function inputShape({ layout, size }: SemanticInput): (number | string)[] {
  const [height, width] =
    'width' in size ? [size.height, size.width] : [`multiple of ${size.multipleOf}`, `multiple of ${size.multipleOf}`];
  return layout === 'nchw' ? [1, 3, height, width] : [1, height, width, 3];
}

function assertTakes(inputs: readonly TensorInfo[], rule: SemanticInput): void {
  const found = inputs.find(({ name }) => name === rule.name);
  const all = inputs.map(({ name, type, shape }) => `${name} ${type} ${describeShape(shape)}`).join(', ');
  if (!found) throw unfit(`it has no input called "${rule.name}"; its inputs are ${all}`);
  if (inputs.length > 1) throw unfit(`it wants more than a picture: its inputs are ${all}`);
  const expected = inputShape(rule);
  const [shape, given] = [describeShape(found.shape), describeShape(expected)];
  const wanted = `its input "${rule.name}" is ${shape}, where ${given} would be given`;
  if (!inputTypes.includes(found.type))
    throw unfit(`${wanted}, and it is ${found.type}, not ${inputTypes.join(' or ')}`);
  const fits = found.shape.every((size, axis) => typeof size === 'string' || size < 0 || size === expected[axis]);
  if (found.shape.length !== expected.length || !fits) throw unfit(wanted);
}

/** What can be said before it runs. */
function assertGives(outputs: readonly TensorInfo[], rule: SemanticOutput, classes: number): void {
  const found = outputs.find(({ name }) => name === rule.name);
  if (!found) {
    const all = outputs.map(({ name, type, shape }) => `${name} ${type} ${describeShape(shape)}`).join(', ');
    throw unfit(`it has no output called "${rule.name}"; its outputs are ${all}`);
  }
  const fixed = found.shape.map((size) => (typeof size === 'number' && size > 0 ? size : undefined));
  if (rule.values === 'labels' || fixed.length !== 4) return;
  const channels = rule.layout === 'nchw' ? fixed[1] : fixed[3];
  if (channels !== undefined && channels !== classes) throw unfit(outputProblem(found.shape, rule, classes));
}

function outputProblem(shape: readonly (number | string)[], { name, values, layout }: SemanticOutput, classes: number) {
  const found = `its output "${name}" is ${describeShape(shape)}`;
  if (values === 'labels') return `${found}, where class ids as [1, height, width] would be read`;
  const expected = layout === 'nchw' ? `[1, ${classes}, height, width]` : `[1, height, width, ${classes}]`;
  const channels = shape.length === 4 ? shape[layout === 'nchw' ? 1 : 3] : undefined;
  const count = channels === undefined || channels === classes ? '' : `: ${channels} classes, but ${classes} labels`;
  return `${found}, where ${expected} would be read${count}`;
}

/** The output's sides may be rounded either way. */
function strideProblem(
  inputShape: readonly number[],
  size: { readonly width: number; readonly height: number },
  { layout }: SemanticInput,
  { name, stride }: SemanticOutput,
): string | undefined {
  if (stride === undefined) return undefined;
  const [height = 0, width = 0] = layout === 'nchw' ? inputShape.slice(2) : inputShape.slice(1, 3);
  const fits = (side: number, found: number) => Math.abs(side / stride - found) < 1;
  if (fits(width, size.width) && fits(height, size.height)) return undefined;
  const expected = [height, width].map((side) => Math.ceil(side / stride)).join(' x ');
  return `its output "${name}" is ${size.height} x ${size.width}, where a stride of ${stride} gives ${expected}`;
}
