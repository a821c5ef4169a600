import { endianness } from 'node:os';
import { AppError } from '../contract/errors.ts';

/** A NumPy array, C order; `data.length` is the product of `shape`. */
export interface NpyArray {
  readonly shape: readonly number[];
  readonly data: Float32Array | Uint8Array;
}

const magic = '\x93NUMPY';
const elementBytes: Readonly<Record<string, number>> = { '<f4': 4, '|u1': 1 };

/**
 * Reads an `.npy` file (format 1.0 to 3.0) of little-endian float32 or uint8, C order.
 * Throws `invalid_request`, naming the file, for anything else.
 */
export function parseNpy(bytes: Uint8Array, fileName: string): NpyArray {
  const refuse = (why: string) => new AppError('invalid_request', `${fileName}: ${why}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12 || Buffer.from(bytes.subarray(0, 6)).toString('latin1') !== magic) {
    throw refuse('this is not a NumPy file.');
  }
  const long = view.getUint8(6) > 1;
  const start = long ? 12 : 10;
  const end = start + (long ? view.getUint32(8, true) : view.getUint16(8, true));
  const { type, fortran, shape } = parseHeader(Buffer.from(bytes.subarray(start, end)).toString('latin1'));
  const size = elementBytes[type];
  if (size === undefined) throw refuse(`its type is ${type || 'unknown'}; float32 and uint8 can be read.`);
  if (fortran) throw refuse('it is in Fortran order; C order can be read.');
  const count = shape.reduce((product, length) => product * length, 1);
  if (bytes.length - end !== count * size) {
    throw refuse(
      `it has ${bytes.length - end} bytes of data, not the ${count * size} of its shape [${shape.join(', ')}].`,
    );
  }
  const data = bytes.slice(end);
  if (type === '|u1') return { shape, data };
  if (endianness() !== 'LE') throw refuse('float32 is read on little-endian machines only.');
  return { shape, data: new Float32Array(data.buffer, data.byteOffset, count) };
}

/** The header is a Python dict literal with three known keys. */
function parseHeader(header: string): { type: string; fortran: boolean; shape: number[] } {
  const type = /'descr':\s*'([^']*)'/.exec(header)?.[1] ?? '';
  const fortran = /'fortran_order':\s*True/.test(header);
  const numbers = /'shape':\s*\(([^)]*)\)/.exec(header)?.[1] ?? '';
  const shape = numbers
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean)
    .map(Number);
  return { type, fortran, shape };
}
