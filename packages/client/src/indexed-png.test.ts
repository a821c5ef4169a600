import { describe, expect, it } from 'vitest';
import { decodeIndexedPng } from './indexed-png.ts';

function chunk(type: string, body: Uint8Array<ArrayBuffer>): BlobPart[] {
  const length = new DataView(new ArrayBuffer(4));
  length.setUint32(0, body.length);
  // The reader leaves integrity to the transport and does not check the CRC.
  return [length, type, body, new Uint8Array(4)];
}

/** @param claimed the height that the header says */
async function png(header: number[], rows: number[][], claimed = rows.length): Promise<Blob> {
  const size = new DataView(new ArrayBuffer(8));
  size.setUint32(0, 3);
  size.setUint32(4, claimed);
  const deflated = new Blob([Uint8Array.from(rows.flat())]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Blob([
    Uint8Array.from([137, 80, 78, 71, 13, 10, 26, 10]),
    ...chunk('IHDR', new Uint8Array([...new Uint8Array(size.buffer), ...header])),
    ...chunk('PLTE', Uint8Array.from([0, 0, 0, 255, 0, 0])),
    ...chunk('IDAT', new Uint8Array(await new Response(deflated).arrayBuffer())),
  ]);
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
    const image = await decodeIndexedPng(await png([8, 3, 0, 0, 0], rows));
    expect([image.width, image.height]).toEqual([3, 5]);
    expect(Array.from(image.indices)).toEqual(Array.from({ length: 5 }, () => [7, 8, 9]).flat());
    expect(Array.from(image.palette)).toEqual([0, 0, 0, 255, 0, 0]);
  });

  it('refuses a PNG that is not indexed', async () => {
    const rgb = await png([8, 2, 0, 0, 0], [[0, 1, 2, 3]]);
    await expect(decodeIndexedPng(rgb)).rejects.toThrow('not an 8-bit indexed PNG');
    await expect(decodeIndexedPng(new Blob(['only words, and a few more']))).rejects.toThrow('not a PNG');
  });

  it.each([
    [1, 'more rows than it says'],
    [3, 'cut off'],
    [2 ** 31, 'more pixels than a photo has'],
  ])('refuses rows that do not fit a height of %i', async (claimed, message) => {
    const rows = [
      [0, 1, 2, 3],
      [0, 1, 2, 3],
    ];
    await expect(decodeIndexedPng(await png([8, 3, 0, 0, 0], rows, claimed))).rejects.toThrow(message);
  });
});
