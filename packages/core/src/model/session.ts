import type * as Ort from 'onnxruntime-node';
import { AppError } from '@m2fp/contract';
import { floatsFromHalves, halvesFromFloats } from './halves.ts';

/** A float32 tensor, C order; `data.length` is the product of `shape`. */
export interface FloatTensor {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/**
 * A loaded ONNX graph. onnxruntime's `run` blocks the calling thread until it is done: use it in a process that has
 * nothing else to do.
 */
export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
  /**
   * Runs the graph. Every input is given as float32 and converted to what the graph takes; every output is converted to
   * float32. `outputs` picks some of them; all are computed by default. As tensors of the outputs' own shapes, they are
   * written into: who runs a network again and again leaves less behind.
   */
  run(
    inputs: NetworkInputs,
    outputs?: readonly string[] | Readonly<Record<string, FloatTensor>>,
  ): Promise<Record<string, FloatTensor>>;
  close(): Promise<void>;
}

/** What a graph says about one of its inputs or outputs; a dimension that is not fixed has a name, or none (''). */
export interface TensorInfo {
  readonly name: string;
  /** `float32`, `int64` … */
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

export interface SessionSettings {
  /** Threads per operator, including the calling one. */
  readonly threads: number;
  /**
   * Called with each run's inputs before it starts, and waited for: calibration needs the very inputs that a parser
   * prepares. What it throws ends the parse.
   */
  readonly onRun?: (modelPath: string, inputs: NetworkInputs) => void | Promise<void>;
}

export type NetworkInputs = Readonly<Record<string, FloatTensor>>;

/**
 * Loads a graph by its path, so that onnxruntime maps external weights instead of copying them. Loading and releasing
 * repeatedly leaks inside onnxruntime (its issue 25325): load once per process. Throws `model_unavailable`.
 */
export async function createSession(modelPath: string, settings: SessionSettings): Promise<Session> {
  const ort = await loadRuntime();
  let session: Ort.InferenceSession;
  try {
    session = await ort.InferenceSession.create(modelPath, sessionOptions(settings));
  } catch (error) {
    throw new AppError('model_unavailable', `onnxruntime cannot load the graph ${modelPath}.`, { cause: error });
  }
  const inputs = session.inputMetadata.map(toTensorInfo);
  const types = new Map(inputs.map(({ name, type }) => [name, type]));
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    inputs,
    outputs: session.outputMetadata.map(toTensorInfo),
    async run(given, outputs = session.outputNames) {
      await settings.onRun?.(modelPath, given);
      const feeds: Record<string, Ort.Tensor> = {};
      for (const [name, tensor] of Object.entries(given)) {
        feeds[name] = toInputTensor(ort, types.get(name) ?? 'float32', tensor);
      }
      const results = await session.run(feeds, fetchesOf(ort, outputs));
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, toFloatTensor(name, tensor)]));
    },
    close: () => session.release(),
  };
}

/**
 * Writes a graph as onnxruntime has it once loaded: fused, laid out and its constants computed for this CPU. Loaded
 * again, it computes the same sooner. Weights of 64 KiB or more go into a file beside it. Throws `model_unavailable`.
 * @param target path of the new graph
 * @param weights name of its file of weights, in the same folder
 */
export async function saveOptimizedGraph(modelPath: string, target: string, weights: string): Promise<void> {
  const ort = await loadRuntime();
  const { extra, ...options } = sessionOptions({ threads: 1 });
  const session = {
    optimized_model_external_initializers_file_name: weights,
    optimized_model_external_initializers_min_size_in_bytes: '65536',
  };
  try {
    const saved = { ...options, optimizedModelFilePath: target, extra: { ...extra, session } };
    await (await ort.InferenceSession.create(modelPath, saved)).release();
  } catch (error) {
    throw new AppError('model_unavailable', `onnxruntime cannot optimize the graph ${modelPath}.`, { cause: error });
  }
}

/** Outputs that are written into are float32 in the graph too. */
function fetchesOf(ort: typeof Ort, outputs: readonly string[] | Readonly<Record<string, FloatTensor>>) {
  if (isNames(outputs)) return outputs;
  const tensors = Object.entries(outputs).map(([name, { data, shape }]) => [
    name,
    new ort.Tensor('float32', data, shape),
  ]);
  return Object.fromEntries(tensors) as Record<string, Ort.Tensor>;
}

function isNames(outputs: readonly string[] | Readonly<Record<string, FloatTensor>>): outputs is readonly string[] {
  return Array.isArray(outputs);
}

/** How graphs are loaded, as text: what onnxruntime makes of them depends on it. */
export function describeSessions(): string {
  return JSON.stringify(sessionOptions({ threads: 1 }));
}

function sessionOptions(settings: SessionSettings): Ort.InferenceSession.SessionOptions {
  return {
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    intraOpNumThreads: settings.threads,
    interOpNumThreads: 1,
    // Photos differ in size, so a memory pattern is never reused; it only raises the peak (by 190 to 455 MB).
    enableMemPattern: false,
    // Errors only: users cannot act on what onnxruntime warns about (fusions, shapes it cannot infer).
    logSeverityLevel: 3,
    // The fused kernel takes 6.3 ms where Add and LayerNormalization take 1.7 ms (M2FP, 544x960, 2 threads).
    extra: { optimization: { disable_specified_optimizers: 'SkipLayerNormFusion' } },
  };
}

/** onnxruntime takes about 60 MB once loaded: it is loaded with the first session, not with this file. */
async function loadRuntime(): Promise<typeof Ort> {
  // Telemetry is on by default on Linux since 1.29. The library reads this once, when it is loaded.
  // eslint-disable-next-line no-restricted-properties -- a switch for the library, not configuration of ours
  process.env['ORT_DISABLE_TELEMETRY'] = '1';
  const ort = await import('onnxruntime-node');
  // The process-wide logger is created with the first session; its default level prints warnings.
  ort.env.logLevel = 'error';
  return ort;
}

function toTensorInfo(info: Ort.InferenceSession.ValueMetadata): TensorInfo {
  return info.isTensor
    ? { name: info.name, type: info.type, shape: info.shape }
    : { name: info.name, type: 'no tensor', shape: [] };
}

/** Whole numbers are rounded, and kept within their type's range. */
function toInputTensor(ort: typeof Ort, type: string, { data, shape }: FloatTensor): Ort.Tensor {
  switch (type) {
    case 'float32':
      return new ort.Tensor('float32', data, shape);
    case 'float16':
      return halfTensor(data, shape);
    case 'uint8':
      return new ort.Tensor('uint8', Uint8Array.from(new Uint8ClampedArray(data)), shape);
    case 'int8':
      return new ort.Tensor(
        'int8',
        Int8Array.from(data, (x) => Math.min(Math.max(Math.round(x), -128), 127)),
        shape,
      );
    default:
      throw new TypeError(`A tensor of the type ${type} cannot be given to a network.`);
  }
}

/** As bits: the class of onnxruntime makes a Float16Array of them, which its own native part cannot read. */
function halfTensor(data: Float32Array, dims: readonly number[]): Ort.Tensor {
  const bits = halvesFromFloats(data);
  return { type: 'float16', data: bits, dims, location: 'cpu', size: bits.length } as unknown as Ort.Tensor;
}

function toFloatTensor(name: string, { type, data, dims }: Ort.InferenceSession.OnnxValueMapType[string]): FloatTensor {
  if (data instanceof Float32Array) return { data, shape: dims };
  if (type === 'float16') return { data: floatsFromHalves(bitsOf(data)), shape: dims };
  if (data instanceof BigInt64Array) return { data: Float32Array.from(data, Number), shape: dims };
  if (data instanceof Int32Array || data instanceof Float64Array) return { data: Float32Array.from(data), shape: dims };
  if (type === 'uint8' || type === 'int8') return { data: Float32Array.from(data as Uint8Array), shape: dims };
  throw new TypeError(`Output ${name} is ${type}, not float32.`);
}

/** Where Node has a Float16Array, halves come as one; else as the 16 bits that they are. */
function bitsOf(halves: unknown): Uint16Array {
  const { buffer, byteOffset, length } = halves as Uint16Array<ArrayBuffer>;
  return new Uint16Array(buffer, byteOffset, length);
}
