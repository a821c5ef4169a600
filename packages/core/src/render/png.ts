/**
 * PNG files in three forms: a palette, gray, and RGBA. Compressed with run lengths only (Z_RLE), which needs no hash,
 * and zlib chooses its hash by processor: the same pixels give the same bytes everywhere.
 *
 * `!` only in loops over a row's bytes.
 */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { constants, createDeflate, deflate } from 'node:zlib';
import type { Palette } from './palettes.ts';
import { joinPng, type PngChunk, pngColorTypes } from './png-chunks.ts';

const deflateAsync = promisify(deflate);

/**
 * Encodes one byte per pixel, each an index into `palette` (1 to 256 colors). sharp cannot do this: it would choose its
 * own palette and renumber the classes. Compression runs on another thread. Throws RangeError if the pixels do not fill
 * the size.
 */
export async function encodeIndexedPng(
  pixels: Uint8Array,
  width: number,
  height: number,
  palette: Palette,
): Promise<Uint8Array> {
  const colors = { type: 'PLTE', data: Uint8Array.from(palette.flat()) };
  return pngFile('indexed', width, height, await compress(pixels, width, height), [colors]);
}

/** Encodes one byte per pixel as its gray level. Throws RangeError if the pixels do not fill the size. */
export async function encodeGrayPng(pixels: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  return pngFile('gray', width, height, await compress(pixels, width, height));
}

async function compress(pixels: Uint8Array, width: number, height: number): Promise<Uint8Array> {
  if (pixels.length !== width * height) throw new RangeError(`${pixels.length} pixels do not fill ${width}x${height}.`);
  // Label maps are flat areas: 12 megapixels take 7 ms and 93 KB; level 6 takes 155 ms for 129 KB.
  return deflateAsync(withFilterBytes(pixels, width, height), { strategy: constants.Z_RLE });
}

/** Each row begins with its filter type: 0 = none, which suits indices best. */
function withFilterBytes(pixels: Uint8Array, width: number, height: number): Uint8Array {
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++) rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  return rows;
}

/** Writes row `y`, 4 bytes per pixel, into `row`, which is all 0; returns false if it left it so. */
export type FillRow = (y: number, row: Uint8Array) => boolean;

/** Bytes that are filtered at a time: the picture is never in memory as a whole. */
const bandBytes = 256 * 1024;

/**
 * Encodes 4 bytes per pixel, row by row. Each row is predicted by Paeth's filter, after which run lengths compress
 * photos about as well as zlib's level 6, six times as fast.
 */
export async function encodeRgbaPng(width: number, height: number, fillRow: FillRow): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  await pipeline(
    Readable.from(bandsOf(width, height, fillRow)),
    createDeflate({ strategy: constants.Z_RLE }),
    async (compressed: AsyncIterable<Uint8Array>) => {
      for await (const part of compressed) chunks.push(part);
    },
  );
  return pngFile('rgba', width, height, Buffer.concat(chunks));
}

function* bandsOf(width: number, height: number, fillRow: FillRow): Generator<Uint8Array> {
  const rowBytes = width * 4;
  const rowsPerBand = Math.max(1, Math.floor(bandBytes / rowBytes));
  let row = new Uint8Array(rowBytes);
  let above = new Uint8Array(rowBytes);
  let isAboveEmpty = true;
  for (let top = 0; top < height; top += rowsPerBand) {
    const rows = Math.min(rowsPerBand, height - top);
    const band = new Uint8Array(rows * (rowBytes + 1));
    for (let y = 0; y < rows; y++) {
      const isEmpty = !fillRow(top + y, row);
      // The filter would leave an empty row below an empty one as it is.
      if (!isEmpty || !isAboveEmpty) filterRow(row, above, band.subarray(y * (rowBytes + 1), (y + 1) * (rowBytes + 1)));
      isAboveEmpty = isEmpty;
      [row, above] = [above, row];
      row.fill(0);
    }
    yield band;
  }
}

const paeth = 4;

/** PNG specification, section 9.4: each byte less the one of left, above and above left that its neighbors suggest. */
function filterRow(row: Uint8Array, above: Uint8Array, filtered: Uint8Array): void {
  filtered[0] = paeth;
  for (let i = 0; i < row.length; i++) {
    const left = i < 4 ? 0 : row[i - 4]!;
    const up = above[i]!;
    const upLeft = i < 4 ? 0 : above[i - 4]!;
    const toLeft = Math.abs(up - upLeft);
    const toUp = Math.abs(left - upLeft);
    const toUpLeft = Math.abs(left + up - 2 * upLeft);
    const predicted = toLeft <= toUp && toLeft <= toUpLeft ? left : toUp <= toUpLeft ? up : upLeft;
    filtered[i + 1] = row[i]! - predicted;
  }
}

function pngFile(
  color: keyof typeof pngColorTypes,
  width: number,
  height: number,
  data: Uint8Array,
  before: readonly PngChunk[] = [],
): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 8; // bits per channel
  header[9] = pngColorTypes[color];
  const end = { type: 'IEND', data: new Uint8Array(0) };
  return joinPng([{ type: 'IHDR', data: header }, ...before, { type: 'IDAT', data }, end]);
}
