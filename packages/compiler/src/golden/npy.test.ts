import { describe, expect, it } from 'vitest';
import { parseNpy } from './npy.ts';

function npy(header: string, values: Float32Array | Uint8Array): Uint8Array {
  const text = Buffer.from(`${header}\n`, 'latin1');
  const prefix = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  prefix.writeUInt16LE(text.length, 8);
  return Buffer.concat([prefix, text, new Uint8Array(values.buffer)]);
}

const floats = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";

describe('NumPy reader', () => {
  it('reads float32 in any alignment', () => {
    const values = Float32Array.of(1, -2, 3.5, 0, 5, 6);
    for (const padding of ['', ' ', '  ']) {
      expect(parseNpy(npy(floats + padding, values), 'a.npy')).toEqual({ shape: [2, 3], data: values });
    }
  });

  it('reads uint8, one dimension and none', () => {
    const one = "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }";
    expect(parseNpy(npy(one, Uint8Array.of(7, 8, 9)), 'a.npy')).toEqual({ shape: [3], data: Uint8Array.of(7, 8, 9) });
    const none = "{'descr': '|u1', 'fortran_order': False, 'shape': (), }";
    expect(parseNpy(npy(none, Uint8Array.of(7)), 'a.npy')).toEqual({ shape: [], data: Uint8Array.of(7) });
  });

  it.each([
    ['another kind of file', new Uint8Array(40), 'a.npy cannot be used: it is no NumPy file.'],
    ['a cut-off file', npy(floats, new Float32Array(5)), '20 bytes do not fill [2, 3] of <f4'],
    ['another dtype', npy(floats.replace('<f4', '<f8'), new Float32Array(12)), '<f8'],
    ['Fortran order', npy(floats.replace('False', 'True'), new Float32Array(6)), 'Fortran order'],
    ['a header without a shape', npy("{'descr': '<f4', 'fortran_order': False}", new Float32Array(6)), 'malformed'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseNpy(bytes, 'a.npy')).toThrow(message);
  });
});
