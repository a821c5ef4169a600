import { readSync } from 'node:fs';
import { bounds } from '@m2fp/contract';

/** Bytes that hold pickles, read front to back in small pieces. */
export interface PickleInput {
  readonly length: number;
  /** Text and bytes of at least this length are not read: they stay where they are, as `PickleBlob`. */
  readonly blobBytes: number;
  /** `length` bytes from `position` on, all of which exist. Throws for more than a pickle may have besides blobs. */
  bytes(position: number, length: number): Buffer;
  /** Where the next newline is, at most `longestLine` away; -1 if there is none. */
  findNewline(position: number): number;
}

const longestLine = 4096;

/** A pickle that is in memory as a whole, without blobs. */
export function bytesInput(content: Uint8Array): PickleInput {
  const all = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  return {
    length: all.length,
    blobBytes: Infinity,
    bytes: (position, length) => all.subarray(position, position + length),
    findNewline: (position) => newlineIn(all, position),
  };
}

/** Module names and numbers of protocol 0 are short; a search without a limit would make hostile input slow. */
function newlineIn(bytes: Buffer, start: number): number {
  const found = bytes.subarray(start, start + longestLine).indexOf(0x0a);
  return found < 0 ? -1 : start + found;
}

/** Small enough that a thousand norms' values are skipped as well, larger than any name. */
const fileBlobBytes = 4096;
const windowBytes = 64 * 1024;
/** What of a file may be read as pickle, blobs aside: what a pickle that is in memory may have. */
const maxPickleBytes = bounds.checkpointPickle.max;

/**
 * The pickles in an open file. A file of arrays is hundreds of megabytes, almost all of it blobs: it is read by a small
 * window, and what is between stays in the file.
 */
export function fileInput(descriptor: number, length: number): PickleInput {
  let start = 0;
  let window: Buffer = Buffer.alloc(0);
  let taken = 0;
  const load = (position: number, needed: number): void => {
    if (position >= start && position + needed <= start + window.length) return;
    // A new buffer each time: parts of the last one may be in use.
    window = readWhole(descriptor, position, Math.min(Math.max(windowBytes, needed), length - position));
    start = position;
  };
  return {
    length,
    blobBytes: fileBlobBytes,
    bytes: (position, size) => {
      taken += size;
      if (taken > maxPickleBytes) throw new Error(`it has more than ${maxPickleBytes} bytes besides its arrays`);
      load(position, size);
      return window.subarray(position - start, position - start + size);
    },
    findNewline: (position) => {
      load(position, Math.min(longestLine, length - position));
      const found = newlineIn(window, position - start);
      return found < 0 ? -1 : start + found;
    },
  };
}

function readWhole(descriptor: number, position: number, size: number): Buffer {
  const buffer = Buffer.allocUnsafe(size);
  let done = 0;
  while (done < size) {
    const count = readSync(descriptor, buffer, done, size - done, position + done);
    if (count === 0) throw new Error('it ends too early');
    done += count;
  }
  return buffer;
}
