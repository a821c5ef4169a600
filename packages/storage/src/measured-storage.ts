import { AppError, type ErrorCode } from '@m2fp/contract';
import type { ObjectStorage } from './storage.ts';

/** The operations that ask S3; signing a URL does not. */
export const measuredOperations = ['get', 'getStream', 'put', 'putStream', 'head', 'remove', 'list', 'ping'] as const;
type MeasuredOperation = (typeof measuredOperations)[number];

export interface StorageCall {
  readonly operation: MeasuredOperation;
  /** `timeout`: the caller's time was over. `aborted`: the caller did not want it any more. */
  readonly outcome: 'ok' | 'timeout' | 'aborted' | ErrorCode;
  /** A `StorageReason`, where there is one. */
  readonly reason: string | undefined;
  readonly durationMs: number;
}

/** The same storage, which tells how each call ended. Of a stream that is read, only its beginning counts. */
export function measuredStorage(storage: ObjectStorage, onCall: (call: StorageCall) => void): ObjectStorage {
  const measured = async <T>(operation: MeasuredOperation, work: Promise<T>): Promise<T> => {
    const startedAt = performance.now();
    const tell = (outcome: StorageCall['outcome'], reason?: string): void => {
      onCall({ operation, outcome, reason, durationMs: performance.now() - startedAt });
    };
    try {
      const result = await work;
      tell('ok');
      return result;
    } catch (error) {
      tell(outcomeOf(error), error instanceof AppError ? error.reason : undefined);
      throw error;
    }
  };
  return {
    get: (...call) => measured('get', storage.get(...call)),
    getStream: (...call) => measured('getStream', storage.getStream(...call)),
    put: (...call) => measured('put', storage.put(...call)),
    putStream: (...call) => measured('putStream', storage.putStream(...call)),
    head: (...call) => measured('head', storage.head(...call)),
    remove: (...call) => measured('remove', storage.remove(...call)),
    list: (...call) => measured('list', storage.list(...call)),
    ping: (...call) => measured('ping', storage.ping(...call)),
    presignGet: (...call) => storage.presignGet(...call),
    presignPut: (...call) => storage.presignPut(...call),
    close: () => storage.close(),
  };
}

function outcomeOf(error: unknown): StorageCall['outcome'] {
  if (error instanceof AppError) return error.code;
  return error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'aborted';
}
