import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { decodeIndexedPng } from './indexed-png.ts';

function chunk(type: string, body: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length);
  // The reader leaves integrity to the transport and does not check the CRC.
  return Buffer.concat([length, Buffer.from(type), body, Buffer.alloc(4)]);
}

function png(header: number[], rows: number[][]): Blob {
  const size = Buffer.alloc(8);
  size.writeUInt32BE(3, 0);
  size.writeUInt32BE(rows.length, 4);
  const file = [
    Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
    chunk('IHDR', Buffer.concat([size, Buffer.from(header)])),
    chunk('PLTE', Buffer.from([0, 0, 0, 255, 0, 0])),
    chunk('IDAT', deflateSync(Buffer.from(rows.flat()))),
  ];
  return new Blob([Buffer.concat(file)]);
}

describe('indexed PNG', () => {
  it('undoes each row filter', async () => {
    // Rows 7 8 9 in every filter: none, sub, up, average, Paeth.
    const rows = [
      [0, 7, 8, 9],
      [1, 7, 1, 1],
      [2, 0, 0, 0],
      [3, 4, 1, 1],
      [4, 0, 0, 0],
    ];
    const image = await decodeIndexedPng(png([8, 3, 0, 0, 0], rows));
    expect([image.width, image.height]).toEqual([3, 5]);
    expect(Array.from(image.indices)).toEqual(Array.from({ length: 5 }, () => [7, 8, 9]).flat());
    expect(Array.from(image.palette)).toEqual([0, 0, 0, 255, 0, 0]);
  });

  it('refuses a PNG that is not indexed', async () => {
    await expect(decodeIndexedPng(png([8, 2, 0, 0, 0], [[0, 1, 2, 3]]))).rejects.toThrow('not an 8-bit indexed PNG');
  });
});
