import { setImmediate } from 'node:timers/promises';
import { checkpointError } from './checkpoint-error.ts';

/** Sizes from the outermost dimension in. A scalar has none. */
export type Shape = readonly number[];

/**
 * Where a network's weights come from: a checkpoint file, or random numbers. Tensors are read one at a time, so that
 * no more than the one in use is in memory.
 */
export interface TensorSource {
  /** For messages: the file's path, or which random weights these are. */
  readonly description: string;
  names(): readonly string[];
  /** Undefined where there is no tensor of this name. */
  shape(name: string): Shape | undefined;
  /** Row-major values, converted to float32. Rejects with `model_unavailable` where the tensor cannot be read. */
  read(name: string): Promise<Float32Array>;
}

/** A source that remembers which of its tensors were read. */
export interface TrackedSource extends TensorSource {
  /** Names never read so far, in the source's order: what the network did not need. */
  unused(): string[];
}

export function trackTensors(source: TensorSource): TrackedSource {
  const used = new Set<string>();
  return {
    description: source.description,
    names: () => source.names(),
    shape: (name) => source.shape(name),
    read: (name) => {
      used.add(name);
      return source.read(name);
    },
    unused: () => source.names().filter((name) => !used.has(name)),
  };
}

/** A source that reads nothing more once `signal` is aborted: reading rejects with the signal's reason. */
export function stopWhenAborted(source: TensorSource, signal: AbortSignal): TensorSource {
  return {
    description: source.description,
    names: () => source.names(),
    shape: (name) => source.shape(name),
    read: async (name) => {
      // Signals of the system are heard between turns of the event loop, and a source need not wait for anything.
      await setImmediate();
      signal.throwIfAborted();
      return source.read(name);
    },
  };
}

/**
 * The values of a tensor that has to be there with this shape; else `model_unavailable`, naming the source, the tensor
 * and both shapes.
 */
export async function requireTensor(source: TensorSource, name: string, shape: Shape): Promise<Float32Array> {
  assertTensor(source, name, shape);
  return source.read(name);
}

/** The check of `requireTensor` alone: nothing is read. */
export function assertTensor(source: TensorSource, name: string, shape: Shape): void {
  const found = source.shape(name);
  if (found === undefined) {
    throw checkpointError(
      `${source.description} has no tensor ${name}; the network needs it as ${formatShape(shape)}.`,
    );
  }
  if (found.length !== shape.length || found.some((size, axis) => size !== shape[axis])) {
    throw checkpointError(
      `In ${source.description}, tensor ${name} is ${formatShape(found)}; the configuration asks for ${formatShape(shape)}.`,
    );
  }
}

/** `[256, 128, 1, 1]`, and `a scalar` for no dimensions at all. */
export function formatShape(shape: Shape): string {
  return shape.length === 0 ? 'a scalar' : `[${shape.join(', ')}]`;
}

export function elementCount(shape: Shape): number {
  return shape.reduce((product, size) => product * size, 1);
}
