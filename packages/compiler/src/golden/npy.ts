import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { AppError } from '@m2fp/contract';

type NpyData = Float32Array | Float64Array | Uint8Array;

/** An array of a NumPy file, C order: `data.length` is the product of `shape`. */
export interface NpyArray<Data extends NpyData = NpyData> {
  readonly shape: readonly number[];
  readonly data: Data;
}

const magic = Buffer.from('\x93NUMPY', 'latin1');

/**
 * Reads a NumPy file of float32, float64 or uint8 (format 1 to 3, little-endian, C order; the format is described in
 * NumPy's `numpy.lib.format`). Throws `input_not_found` if the file cannot be read, `invalid_request` if it is anything
 * else.
 */
async function readNpy(path: string): Promise<NpyArray> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new AppError('input_not_found', `${path} cannot be read.`, { cause });
  });
  return parseNpy(bytes, path);
}

/** `readNpy`, with float32 asked for. */
export async function readFloatNpy(path: string): Promise<NpyArray<Float32Array>> {
  const { shape, data } = await readNpy(path);
  if (!(data instanceof Float32Array)) throw invalid(path, 'it does not hold float32');
  return { shape, data };
}

/** `readNpy`, with float64 asked for. Undefined if there is no such file. */
export async function readDoubleNpy(path: string): Promise<NpyArray<Float64Array> | undefined> {
  if (!existsSync(path)) return undefined;
  const { shape, data } = await readNpy(path);
  if (!(data instanceof Float64Array)) throw invalid(path, 'it does not hold float64');
  return { shape, data };
}

/** `readNpy`, with uint8 asked for. */
export async function readByteNpy(path: string): Promise<NpyArray<Uint8Array>> {
  const { shape, data } = await readNpy(path);
  if (!(data instanceof Uint8Array)) throw invalid(path, 'it does not hold uint8');
  return { shape, data };
}

const dtypes = { '<f4': Float32Array, '<f8': Float64Array, '|u1': Uint8Array } as const;
type Dtype = keyof typeof dtypes;

/** `path` is for messages. */
export function parseNpy(bytes: Uint8Array, path: string): NpyArray {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < 12 || !file.subarray(0, magic.length).equals(magic)) throw invalid(path, 'it is not a NumPy file');
  const wideLength = file.readUInt8(6) > 1;
  const headerAt = wideLength ? 12 : 10;
  const dataAt = headerAt + (wideLength ? file.readUInt32LE(8) : file.readUInt16LE(8));
  const { dtype, shape } = parseHeader(file.toString('latin1', headerAt, dataAt), path);
  const count = shape.reduce((product, size) => product * size, 1);
  const expected = count * dtypes[dtype].BYTES_PER_ELEMENT;
  if (file.length - dataAt !== expected) {
    throw invalid(path, `${file.length - dataAt} bytes do not fill [${shape.join(', ')}] of ${dtype}`);
  }
  // A copy: the header need not leave floats aligned.
  const values = new Uint8Array(file.subarray(dataAt));
  return { shape, data: new dtypes[dtype](values.buffer) };
}

/** The header is a Python dict literal such as `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 128, 193), }`. */
function parseHeader(header: string, path: string): { dtype: Dtype; shape: number[] } {
  const dtype = /'descr':\s*'([^']*)'/.exec(header)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(header)?.[1];
  const shape = /'shape':\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  if (dtype === undefined || order === undefined || shape === undefined) throw invalid(path, 'its header is malformed');
  if (!isDtype(dtype)) throw invalid(path, `its dtype ${dtype} is none of ${Object.keys(dtypes).join(', ')}`);
  if (order === 'True') throw invalid(path, 'it is in Fortran order');
  return { dtype, shape: (shape.match(/\d+/g) ?? []).map(Number) };
}

function isDtype(dtype: string): dtype is Dtype {
  return Object.hasOwn(dtypes, dtype);
}

function invalid(path: string, why: string): AppError {
  return new AppError('invalid_request', `${path} cannot be used: ${why}.`);
}
