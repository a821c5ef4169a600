import { AppError } from '@m2fp/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseNpy } from './npy.ts';

function npy(header: string, values: Float32Array | Float64Array | Uint8Array): Uint8Array {
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

  it('reads float64', () => {
    const values = Float64Array.of(1, -2, Math.PI);
    const header = "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }";
    expect(parseNpy(npy(header, values), 'a.npy')).toEqual({ shape: [3], data: values });
  });

  it('reads uint8, one dimension and none', () => {
    const one = "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }";
    expect(parseNpy(npy(one, Uint8Array.of(7, 8, 9)), 'a.npy')).toEqual({ shape: [3], data: Uint8Array.of(7, 8, 9) });
    const none = "{'descr': '|u1', 'fortran_order': False, 'shape': (), }";
    expect(parseNpy(npy(none, Uint8Array.of(7)), 'a.npy')).toEqual({ shape: [], data: Uint8Array.of(7) });
  });

  it.each([
    ['another kind of file', new Uint8Array(40), 'a.npy cannot be used: it is not a NumPy file.'],
    ['a cut-off file', npy(floats, new Float32Array(5)), '20 bytes do not fill [2, 3] of <f4'],
    ['another dtype', npy(floats.replace('<f4', '<f2'), new Float32Array(3)), '<f2'],
    ['Fortran order', npy(floats.replace('False', 'True'), new Float32Array(6)), 'Fortran order'],
    ['a header without a shape', npy("{'descr': '<f4', 'fortran_order': False}", new Float32Array(6)), 'malformed'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseNpy(bytes, 'a.npy')).toThrow(message);
  });

  it('reads every shape that NumPy writes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5), { maxLength: 4 }), fc.boolean(), (shape, isFloat) => {
        const count = shape.reduce((product, size) => product * size, 1);
        const values = Array.from({ length: count }, (_, i) => i % 256);
        const data = isFloat ? Float32Array.from(values) : Uint8Array.from(values);
        const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
        const header = `{'descr': '${isFloat ? '<f4' : '|u1'}', 'fortran_order': False, 'shape': (${tuple}), }`;
        expect(parseNpy(npy(header, data), 'a.npy')).toEqual({ shape, data });
      }),
    );
  });

  it('gives as many values as the shape says, or refuses the file, whatever bytes are changed', () => {
    const file = npy(floats, Float32Array.of(1, -2, 3.5, 0, 5, 6));
    const changes = fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(changes, fc.nat(file.length), fc.boolean(), (bytes, length, isCut) => {
        const changed = Uint8Array.from(file.subarray(0, isCut ? length : file.length));
        for (const [at, byte] of bytes) if (at < changed.length) changed[at] = byte;
        try {
          const { shape, data } = parseNpy(changed, 'a.npy');
          expect(data).toHaveLength(shape.reduce((product, size) => product * size, 1));
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          expect(error.code).toBe('invalid_request');
        }
      }),
      { numRuns: 2000 },
    );
  });
});
