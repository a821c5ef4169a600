/** An ONNX file that somebody else made: whether it is one, its tensors, and the files that hold its weights. */
import { open, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { AppError } from '@m2fp/contract';
import { headBytes, isGitLfsPointer, otherFileOf, type OtherFileKind } from '../checkpoint/other-files.ts';
import { decodeModel, type ModelProto, type ValueInfoProto } from '../onnx/onnx-schema.ts';
import { externalTensors } from './external-data.ts';

export interface TensorShape {
  readonly name: string;
  /** A dimension that is not fixed has its name, or ''. */
  readonly shape: readonly (number | string)[];
}

export interface NetworkFile {
  readonly bytes: Uint8Array;
  /** Without initializers, which old exporters list too. */
  readonly inputs: readonly TensorShape[];
  readonly outputs: readonly TensorShape[];
  readonly dtype: 'float32' | 'float16' | 'int8';
  /** Numbers in the weights. */
  readonly parameters: number;
  readonly opset: number;
  readonly producer: string;
  /** How many nodes of which op. */
  readonly ops: Readonly<Record<string, number>>;
  /** Files with weights, in the order in which the graph names them: location and real path. */
  readonly weightFiles: ReadonlyMap<string, { readonly path: string; readonly bytes: number }>;
}

/** A protobuf cannot be larger. */
const mostBytes = 2 ** 31;

const toExport = 'export the model to ONNX first';
const remedies: Readonly<Partial<Record<OtherFileKind, string>>> = {
  safetensors: `it has weights without a graph, ${toExport}`,
  keras: toExport,
  'tensorflow-lite': 'convert it to ONNX first',
};

/** PyTorch's files. */
const checkpoints: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/^PK\x03\x04/, `a ZIP archive, perhaps a PyTorch checkpoint (.pth, .pt): ${toExport}`],
  [/^\x80[\x02-\x05]/, `a Python pickle, perhaps a PyTorch checkpoint (.pth, .pkl): ${toExport}`],
];

/** Throws `input_not_found`, `model_unavailable` for what is no ONNX file, or lacks its weights. */
export async function readNetworkFile(path: string): Promise<NetworkFile> {
  const found = await stat(path).catch((cause: unknown) => {
    throw new AppError('input_not_found', `${path} cannot be read.`, { cause });
  });
  if (!found.isFile()) throw noNetwork(path, 'it is not a file');
  if (found.size === 0) throw noNetwork(path, 'it is empty');
  await assertNothingElse(path);
  if (found.size >= mostBytes) throw noNetwork(path, `it has ${found.size} bytes, more than a protobuf can have`);
  const bytes = await readFile(path);
  const model = decode(path, bytes);
  const { node, initializer, input, output } = model.graph;
  const constants = new Set(initializer.map(({ name }) => name));
  return {
    bytes,
    inputs: input.filter(({ name }) => !constants.has(name)).map(toShape),
    outputs: output.map(toShape),
    ...weightsOf(model),
    opset: model.opset_import.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0,
    // Optional in files of others.
    producer: model.producer_name ?? '',
    ops: countOps(node),
    weightFiles: await findWeightFiles(path, bytes),
  };
}

async function assertNothingElse(path: string): Promise<void> {
  const head = await readHead(path);
  const checkpoint = checkpoints.find(([pattern]) => pattern.test(head));
  if (checkpoint !== undefined) throw noNetwork(path, `it is ${checkpoint[1]}`);
  const other = otherFileOf(head);
  if (other === undefined) return;
  const remedy = other.remedy ?? remedies[other.kind];
  throw noNetwork(path, `it is ${other.what}${remedy === undefined ? '' : `: ${remedy}`}`);
}

/** As Latin-1. */
async function readHead(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return buffer.toString('latin1', 0, bytesRead);
  } finally {
    await file.close();
  }
}

function decode(path: string, bytes: Uint8Array): ModelProto {
  try {
    const model = decodeModel(bytes);
    // Protobuf has no mark of its own: other bytes may happen to be a message without any of these.
    if (model.graph.node.length > 0 && model.graph.output.length > 0) return model;
  } catch (cause) {
    throw noNetwork(path, 'it is damaged, cut off or something else', cause);
  }
  throw noNetwork(path, 'it has no graph with an output');
}

function toShape({ name, type }: ValueInfoProto): TensorShape {
  const dims = (type as ValueInfoProto['type'] | undefined)?.tensor_type?.shape?.dim ?? [];
  return { name, shape: dims.map(({ dim_value, dim_param }) => dim_param ?? dim_value ?? '') };
}

/** ONNX's numbers of the types that weights have. */
const weightTypes: Readonly<Record<number, 'float32' | 'float16' | 'int8'>> = {
  ...{ 1: 'float32', 2: 'int8', 3: 'int8', 10: 'float16', 11: 'float32', 16: 'float16' },
};

function weightsOf({ graph }: ModelProto): Pick<NetworkFile, 'dtype' | 'parameters'> {
  const constants = graph.node.flatMap(({ attribute }) => attribute.flatMap(({ t }) => t ?? []));
  const counts = { float32: 0, float16: 0, int8: 0 };
  for (const { data_type, dims } of [...graph.initializer, ...constants]) {
    const type = weightTypes[data_type];
    if (type !== undefined && dims.length > 0) counts[type] += dims.reduce((product, size) => product * size, 1);
  }
  const parameters = counts.float32 + counts.float16 + counts.int8;
  const quantized = graph.node.some(({ op_type }) => /Quantize|^QLinear|^QGemm|Integer/.test(op_type));
  const float = counts.float16 > counts.float32 ? 'float16' : 'float32';
  return { parameters, dtype: quantized ? 'int8' : float };
}

function countOps(nodes: ModelProto['graph']['node']): Record<string, number> {
  const groups = Map.groupBy(nodes, ({ op_type }) => op_type);
  return Object.fromEntries(
    [...groups].map(([op, { length }]) => [op, length] as const).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

async function findWeightFiles(path: string, bytes: Uint8Array): Promise<NetworkFile['weightFiles']> {
  const files = new Map<string, { path: string; bytes: number }>();
  for (const { location, offset, length } of externalTensors(bytes)) {
    const file = files.get(location) ?? (await findWeightFile(path, location));
    files.set(location, file);
    const isWhole =
      Number.isSafeInteger(offset) && offset >= 0 && Number.isSafeInteger(length ?? 0) && (length ?? 0) >= 0;
    if (!isWhole || offset + (length ?? 0) > file.bytes) {
      throw noNetwork(path, `its weights in ${location} have ${file.bytes} bytes, and it reads beyond their end`);
    }
  }
  return files;
}

/**
 * Weights lie beside the network, by a plain relative path. Links are followed (Hugging Face's cache consists of them),
 * but not out of the folder of the network, or of the file that it is a link to.
 */
async function findWeightFile(network: string, location: string): Promise<{ path: string; bytes: number }> {
  const folder = dirname(resolve(network));
  const path = join(folder, location);
  if (location === '' || isAbsolute(location) || /^[A-Za-z]:|\\/.test(location) || !isInside(folder, path)) {
    throw noNetwork(network, `its weights are said to be in ${JSON.stringify(location)}, which is not beside it`);
  }
  const real = await realpath(path).catch((cause: unknown) => {
    throw noNetwork(network, `its weights are in ${location}, which is not there`, cause);
  });
  const homes = [await realpath(folder), dirname(await realpath(network))];
  if (!homes.some((home) => isInside(home, real))) {
    throw noNetwork(network, `its weights in ${location} are a link out of its folder`);
  }
  const found = await stat(real);
  if (!found.isFile()) throw noNetwork(network, `its weights are in ${location}, which is not a file`);
  if (isGitLfsPointer(await readHead(real))) {
    throw noNetwork(network, `its weights in ${location} are a Git LFS pointer: fetch them with "git lfs pull"`);
  }
  return { path: real, bytes: found.size };
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function noNetwork(path: string, why: string, cause?: unknown): AppError {
  return new AppError('model_unavailable', `${path} cannot be imported: ${why}.`, { cause });
}
