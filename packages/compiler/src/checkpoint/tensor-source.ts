import { setImmediate } from 'node:timers/promises';

/** Sizes from the outermost dimension in. A scalar has none. */
export type Shape = readonly number[];

/**
 * Where a network's weights come from: a checkpoint file, or random numbers. Tensors are read one at a time, so that
 * only the one in use is in memory.
 */
export interface TensorSource {
  /** For messages: the file's path, or which random weights these are. */
  readonly description: string;
  names(): readonly string[];
  /** Undefined if there is no tensor of this name. */
  shape(name: string): Shape | undefined;
  /** Row-major values, converted to float32. Rejects with `model_unavailable` if the tensor cannot be read. */
  read(name: string): Promise<Float32Array>;
}

/** A source that reads nothing more once `signal` is aborted: reading rejects with the signal's reason. */
export function stopWhenAborted(source: TensorSource, signal: AbortSignal): TensorSource {
  return {
    ...source,
    read: async (name) => {
      // Process signals are delivered between turns of the event loop, and a source may never wait for one.
      await setImmediate();
      signal.throwIfAborted();
      return source.read(name);
    },
  };
}

/**
 * What is wrong with a tensor that a network needs in this shape, naming the source, the tensor and both shapes;
 * undefined if it fits. Nothing is read.
 */
export function tensorProblem(source: TensorSource, name: string, shape: Shape): string | undefined {
  const found = source.shape(name);
  if (found === undefined) {
    return `${source.description} has no tensor ${name}; the network needs it as ${formatShape(shape)}.`;
  }
  if (found.length === shape.length && found.every((size, axis) => size === shape[axis])) return undefined;
  const asked = formatShape(shape);
  return `In ${source.description}, tensor ${name} is ${formatShape(found)}; the configuration asks for ${asked}.`;
}

/** `[256, 128, 1, 1]`, and `a scalar` for no dimensions at all. */
export function formatShape(shape: Shape): string {
  return shape.length === 0 ? 'a scalar' : `[${shape.join(', ')}]`;
}

export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}
