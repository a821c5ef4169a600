import type * as Ort from 'onnxruntime-node';
import { AppError } from '@m2fp/contract';

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
  /** Runs the graph; every input and output is float32. `outputs` picks some of them; all are computed by default. */
  run(inputs: NetworkInputs, outputs?: readonly string[]): Promise<Record<string, FloatTensor>>;
  close(): Promise<void>;
}

export interface SessionSettings {
  /** Threads per operator, including the calling one. */
  readonly threads: number;
  /** Called with each run's inputs before it starts: calibration needs the very inputs that a parser prepares. */
  readonly onRun?: (modelPath: string, inputs: NetworkInputs) => void;
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
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(inputs, outputs = session.outputNames) {
      settings.onRun?.(modelPath, inputs);
      const feeds: Record<string, Ort.Tensor> = {};
      for (const [name, { data, shape }] of Object.entries(inputs)) {
        feeds[name] = new ort.Tensor('float32', data, shape);
      }
      const results = await session.run(feeds, outputs);
      return Object.fromEntries(Object.entries(results).map(([name, tensor]) => [name, toFloatTensor(name, tensor)]));
    },
    close: () => session.release(),
  };
}

/** Exported for tests only. */
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

function toFloatTensor(name: string, tensor: Ort.InferenceSession.OnnxValueMapType[string]): FloatTensor {
  if (!(tensor.data instanceof Float32Array)) throw new TypeError(`Output ${name} is ${tensor.type}, not float32.`);
  return { data: tensor.data, shape: tensor.dims };
}
