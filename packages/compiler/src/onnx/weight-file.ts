import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { basename } from 'node:path';

/** onnxruntime maps external data if offsets are page-aligned, and copies it if they are not. */
const pageBytes = 4096;

/**
 * An ONNX external-data file, written tensor by tensor, so that at most one is in memory at a time. Synchronous,
 * because compiling is a batch job and each tensor is dropped as soon as it is written.
 */
export interface WeightFile {
  /** Name relative to the model, as ONNX wants it. */
  readonly location: string;
  append(bytes: Uint8Array): { offset: number; length: number };
  close(): void;
}

export function createWeightFile(path: string): WeightFile {
  const file = openSync(path, 'wx');
  let end = 0;
  let open = true;
  return {
    location: basename(path),
    append(bytes) {
      const offset = Math.ceil(end / pageBytes) * pageBytes;
      writeAll(file, bytes, offset);
      end = offset + bytes.byteLength;
      return { offset, length: bytes.byteLength };
    },
    close() {
      if (!open) return;
      open = false;
      fsyncSync(file);
      closeSync(file);
    },
  };
}

function writeAll(file: number, bytes: Uint8Array, position: number): void {
  let done = 0;
  while (done < bytes.byteLength) done += writeSync(file, bytes, done, bytes.byteLength - done, position + done);
}
