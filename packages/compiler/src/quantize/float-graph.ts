/** A float32 graph as the quantizer reads it: what makes each tensor, what reads it, and what its constants hold. */
import { closeSync, openSync, readSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Attribute } from '../onnx/graph-builder.ts';
import { toPlainForm } from './plain-form.ts';
import {
  type AttributeProto,
  decodeModel,
  elementTypes,
  type ElementType,
  type ModelProto,
  type NodeProto,
  type TensorData,
  type TensorProto,
} from '../onnx/onnx-schema.ts';

export interface FloatGraph {
  readonly model: ModelProto;
  /** In the order in which they run. */
  readonly nodes: readonly NodeProto[];
  /** Names of the graph's inputs. */
  readonly inputs: ReadonlySet<string>;
  readonly outputs: ReadonlySet<string>;
  /** The node that makes a tensor; undefined for inputs and constants. */
  producerOf(tensor: string): NodeProto | undefined;
  /** The nodes that read a tensor, once per use. */
  consumersOf(tensor: string): readonly NodeProto[];
  isConstant(tensor: string): boolean;
  /** Of a constant. */
  shapeOf(constant: string): readonly number[];
  /** Reads a constant's values; large ones come from the weight file, one at a time. */
  read(constant: string): TensorData;
  /** Its bytes, of whatever type: ONNX's number of it. */
  readRaw(constant: string): { readonly type: number; readonly bytes: Uint8Array };
  /** Files next to the graph that hold its weights. */
  readonly weightFiles: readonly string[];
}

/** Throws `invalid_request` for a graph that the quantizer cannot rewrite. */
export async function readFloatGraph(path: string): Promise<FloatGraph> {
  return indexGraph(toPlainForm(decodeModel(await readFile(path))), dirname(path));
}

/** `dir` is where the graph's weight files are. */
export function indexGraph(model: ModelProto, dir: string): FloatGraph {
  const { node: nodes, initializer, input, output } = model.graph;
  const producers = new Map(nodes.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const consumers = new Map<string, NodeProto[]>();
  for (const node of nodes) {
    for (const name of node.input) consumers.set(name, [...(consumers.get(name) ?? []), node]);
  }
  const constants = new Map(initializer.map((tensor) => [tensor.name, tensor]));
  const constant = (name: string): TensorProto => {
    const tensor = constants.get(name);
    if (!tensor) throw new Error(`${name} is not a constant of the graph.`);
    return tensor;
  };
  return {
    model,
    nodes,
    inputs: new Set(input.map(({ name }) => name)),
    outputs: new Set(output.map(({ name }) => name)),
    producerOf: (tensor) => producers.get(tensor),
    consumersOf: (tensor) => consumers.get(tensor) ?? [],
    isConstant: (tensor) => constants.has(tensor),
    shapeOf: (name) => constant(name).dims,
    read: (name) => readTensor(constant(name), dir),
    readRaw: (name) => ({ type: constant(name).data_type, bytes: readBytes(constant(name), dir) }),
    weightFiles: [...new Set(initializer.flatMap((tensor) => locationOf(tensor) ?? []))],
  };
}

/** A constant's values as float32. Throws for one of another type. */
export function readFloats(graph: FloatGraph, constant: string): Float32Array {
  const data = graph.read(constant);
  if (!(data instanceof Float32Array)) throw new TypeError(`${constant} is not float32.`);
  return data;
}

function locationOf({ external_data: entries = [] }: TensorProto): string | undefined {
  return entries.find(({ key }) => key === 'location')?.value;
}

function readTensor(tensor: TensorProto, dir: string): TensorData {
  const bytes = readBytes(tensor, dir);
  const type = Object.entries(elementTypes).find(([, number]) => number === tensor.data_type)?.[0];
  return view(bytes, type as ElementType | undefined, tensor.name);
}

function readBytes(tensor: TensorProto, dir: string): Uint8Array<ArrayBuffer> {
  return tensor.data_location === 1 ? readExternal(tensor, dir) : Uint8Array.from(tensor.raw_data ?? []);
}

function view({ buffer }: Uint8Array, type: ElementType | undefined, name: string): TensorData {
  switch (type) {
    case 'float32':
      return new Float32Array(buffer);
    case 'uint8':
      return new Uint8Array(buffer);
    case 'int8':
      return new Int8Array(buffer);
    case 'int32':
      return new Int32Array(buffer);
    case 'int64':
      return new BigInt64Array(buffer);
    case 'bool':
    case undefined:
      throw new TypeError(`The constant ${name} is of a type that is not read here.`);
  }
}

function readExternal(tensor: TensorProto, dir: string): Uint8Array<ArrayBuffer> {
  const entry = (key: string) => tensor.external_data?.find((item) => item.key === key)?.value;
  const bytes = new Uint8Array(Number(entry('length')));
  const file = openSync(join(dir, locationOf(tensor) ?? ''), 'r');
  try {
    let done = 0;
    while (done < bytes.length) {
      const read = readSync(file, bytes, done, bytes.length - done, Number(entry('offset') ?? 0) + done);
      if (read === 0) throw new Error(`The weight file ends inside ${tensor.name}.`);
      done += read;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

export function attributeOf(node: NodeProto, name: string): AttributeProto | undefined {
  return node.attribute.find((attribute) => attribute.name === name);
}

export function intOf(node: NodeProto, name: string, otherwise: number): number {
  return attributeOf(node, name)?.i ?? otherwise;
}

/** `AttributeProto.AttributeType` */
const attributeTypes = { float: 1, int: 2, string: 3, floats: 6, ints: 7 } as const;

/** A node's attributes as the graph builder takes them. */
export function attributesOf(node: NodeProto): Record<string, Attribute> {
  return Object.fromEntries(
    node.attribute.map((attribute): [string, Attribute] => {
      const { name, type, f = 0, i = 0, s, floats = [], ints = [] } = attribute;
      switch (type) {
        case attributeTypes.float:
          return [name, { float: f }];
        case attributeTypes.int:
          return [name, i];
        case attributeTypes.string:
          return [name, new TextDecoder().decode(s)];
        case attributeTypes.floats:
          return [name, { floats }];
        case attributeTypes.ints:
          return [name, ints];
        default:
          return [name, { copied: attribute }];
      }
    }),
  );
}
