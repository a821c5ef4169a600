/** A checkpoint's zip with another pickle in it: all entries are stored, and the pickle is the first. */
import { crc32 } from 'node:zlib';

const localHeaderBytes = 30;
const centralHeaderBytes = 46;
const endBytes = 22;

export interface TorchZip {
  readonly pickle: Buffer;
  /** The whole file with these bytes in the pickle's place; sizes, checksum and offsets fit. */
  withPickle(pickle: Uint8Array): Buffer;
}

/** Throws for a file that is not like ours. */
export function openTorchZip(file: Buffer): TorchZip {
  const end = file.lastIndexOf('PK\x05\x06');
  const directory = file.readUInt32LE(end + 16);
  const size = file.readUInt32LE(directory + 20);
  const nameBytes = file.readUInt16LE(26);
  const start = localHeaderBytes + nameBytes + file.readUInt16LE(28);
  const name = file.toString('latin1', localHeaderBytes, localHeaderBytes + nameBytes);
  if (!name.endsWith('data.pkl') || file.readUInt32LE(directory + 42) !== 0) throw new Error(`First comes ${name}.`);
  return {
    pickle: file.subarray(start, start + size),
    withPickle(pickle) {
      const head = Buffer.from(file.subarray(0, start));
      const tail = Buffer.from(file.subarray(start + size));
      const change = pickle.length - size;
      setSizes(head, 14, pickle);
      const directoryAt = directory - start - size;
      setSizes(tail, directoryAt + 16, pickle);
      for (let at = directoryAt; tail.readUInt32LE(at) === 0x02014b50;) {
        if (at !== directoryAt) tail.writeUInt32LE(tail.readUInt32LE(at + 42) + change, at + 42);
        at += centralHeaderBytes + [28, 30, 32].reduce((sum, field) => sum + tail.readUInt16LE(at + field), 0);
      }
      const endAt = tail.length - (file.length - end);
      if (file.length - end >= endBytes) tail.writeUInt32LE(directory + change, endAt + 16);
      return Buffer.concat([head, pickle, tail]);
    },
  };
}

/** Checksum, stored size and size, which follow one another in both kinds of headers. */
function setSizes(bytes: Buffer, at: number, content: Uint8Array): void {
  bytes.writeUInt32LE(crc32(content), at);
  bytes.writeUInt32LE(content.length, at + 4);
  bytes.writeUInt32LE(content.length, at + 8);
}
