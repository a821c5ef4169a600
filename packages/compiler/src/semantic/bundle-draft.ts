/** The manifest of somebody else's network, of which its file says some and the user the rest. */
import { basename } from 'node:path';
import { AppError } from '@m2fp/contract';
import type { ManifestDraft } from '@m2fp/core/model';
import { describeShape } from '@m2fp/core/parsing';
import { graphFileName } from '../m2fp/bundle-manifest.ts';
import { genericName } from '../m2fp/class-tables.ts';
import { createSemanticLabels } from './labels.ts';
import type { NetworkFile, TensorShape } from './network-file.ts';
import type { Contract, PresetName } from './presets.ts';

export interface Wanted {
  readonly preset: PresetName | 'custom';
  readonly contract: Contract;
  readonly inputName: string | undefined;
  readonly outputName: string | undefined;
  /** Undefined if nobody says them. */
  readonly names: readonly string[] | undefined;
  readonly license: string;
  /** Of the bundle; undefined for the preset's, or the file's. */
  readonly name: string | undefined;
}

/** Throws `model_unavailable` for a network without the tensors wanted, `invalid_request` if names are missing. */
export function createDraft(path: string, file: NetworkFile, wanted: Wanted): ManifestDraft<'semantic'> {
  const { preset, contract, license, name } = wanted;
  const output = findOutput(path, file, wanted);
  const names = wanted.names ?? numberedNames(path, output, contract);
  const { ops, opset, producer, inputs, outputs } = file;
  return {
    v: 1,
    kind: 'semantic',
    name: name ?? (preset === 'custom' ? nameFrom(path) : preset),
    version: '1',
    labels: createSemanticLabels(names),
    licence: license,
    source: `imported from ${basename(path)}`,
    synthetic: false,
    graph: graphFileName,
    dtype: file.dtype,
    parameters: file.parameters,
    architecture: {
      network: preset === 'custom' ? 'segmentation network' : `segmentation network (preset ${preset})`,
      inputs: inputs.map(describeTensor),
      outputs: outputs.map(describeTensor),
      ...{ opset, producer: producer === '' ? 'not stated' : producer, ops: { ...ops } },
    },
    input: { name: findInput(path, file, wanted.inputName), ...contract.input },
    output: { name: output.name, ...contract.output },
  };
}

function describeTensor({ name, shape }: TensorShape): string {
  return `${name} ${describeShape(shape)}`;
}

function findInput(path: string, { inputs }: NetworkFile, name: string | undefined): string {
  const all = inputs.map(describeTensor).join(', ');
  if (name !== undefined && !inputs.some((input) => input.name === name)) {
    throw unusable(path, `it has no input called ${name}; its inputs are ${all}`);
  }
  const [only, ...others] = inputs;
  if (only === undefined) throw unusable(path, 'it has no input');
  if (others.length > 0) throw unusable(path, `it wants more than a picture: its inputs are ${all}`);
  return name ?? only.name;
}

/** The one that was named, the only one, or the only one that has as many classes as there are names. */
function findOutput(path: string, { outputs }: NetworkFile, { contract, names, outputName }: Wanted): TensorShape {
  const all = outputs.map(describeTensor).join(', ');
  const [only, ...others] = outputs;
  if (outputName !== undefined) {
    const found = outputs.find(({ name }) => name === outputName);
    if (found) return found;
    throw unusable(path, `it has no output called ${outputName}; its outputs are ${all}`);
  }
  if (only !== undefined && others.length === 0) return only;
  const fitting = outputs.filter((output) => classesOf(output, contract) === names?.length);
  const [first, ...more] = fitting;
  if (first !== undefined && more.length === 0 && contract.output.values !== 'labels') return first;
  throw unusable(path, `it has several outputs: ${all}. Say which one with --output`);
}

function classesOf({ shape }: TensorShape, { output }: Contract): number | undefined {
  const channels = shape.length === 4 ? shape[output.layout === 'nchw' ? 1 : 3] : undefined;
  return typeof channels === 'number' && channels > 0 ? channels : undefined;
}

/** For a network whose classes nobody names, but which says how many there are. */
function numberedNames(path: string, output: TensorShape, contract: Contract): string[] {
  const classes = classesOf(output, contract);
  if (classes === undefined || contract.output.values === 'labels') {
    throw invalid(`The names of the classes are needed (--labels): ${basename(path)} does not say how many it has.`);
  }
  if (classes > 255) throw unusable(path, `its output is ${describeTensor(output)}: more than 255 classes`);
  return Array.from({ length: classes }, (_, id) => (id === 0 ? 'background' : genericName(id)));
}

/** Without what a manifest does not allow in a name. */
function nameFrom(path: string): string {
  const stem = basename(path).replace(/\.onnx$/i, '');
  const name = stem.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '');
  return name === '' ? 'model' : name;
}

export function invalid(message: string): AppError {
  return new AppError('invalid_request', message);
}

export function unusable(path: string, why: string, cause?: unknown): AppError {
  return new AppError('model_unavailable', `${path} cannot be imported: ${why}.`, { cause });
}
