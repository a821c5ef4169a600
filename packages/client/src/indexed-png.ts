/**
 * Reads the indices of the service's indexed PNGs (8-bit, palette, not interlaced). A canvas would give colors after
 * the browser's color management; here pixel values are class or person ids and must stay exactly what they are.
 */
export interface IndexedImage {
  readonly width: number;
  readonly height: number;
  /** Row by row; length is width * height. */
  readonly indices: Uint8Array;
  /** RGB triples. */
  readonly palette: Uint8Array;
}

/** More than any photo has. */
const maxPixels = 2 ** 28;

/** Throws RangeError for a file that is not such a PNG, or is cut off. */
export async function decodeIndexedPng(file: Blob): Promise<IndexedImage> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const { header, palette, data } = readChunks(bytes);
  const width = header.getUint32(0);
  const height = header.getUint32(4);
  if (header.getUint8(8) !== 8 || header.getUint8(9) !== 3 || header.getUint8(12) !== 0) {
    throw new RangeError('not an 8-bit indexed PNG');
  }
  if (width * height > maxPixels) throw new RangeError(`${width}x${height} are more pixels than a photo has`);
  return { width, height, palette, indices: unfilter(await inflate(data, (width + 1) * height), width, height) };
}

/** Exactly `length` bytes: no more memory than that is taken, whatever the file says. */
async function inflate(data: readonly BlobPart[], length: number): Promise<Uint8Array> {
  const rows = new Uint8Array(length);
  const reader = new Blob([...data]).stream().pipeThrough(new DecompressionStream('deflate')).getReader();
  let at = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }));
    if (done || value === undefined) break;
    if (at + value.length > length) {
      await reader.cancel();
      throw new RangeError('the PNG has more rows than it says');
    }
    rows.set(value, at);
    at += value.length;
  }
  if (at < length) throw new RangeError('the PNG is cut off');
  return rows;
}

function readChunks(bytes: Uint8Array<ArrayBuffer>) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data: Uint8Array<ArrayBuffer>[] = [];
  let header: DataView | undefined;
  let palette: Uint8Array = new Uint8Array();
  for (let at = 8; at + 12 <= bytes.length;) {
    const length = view.getUint32(at);
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    const body = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'IHDR') header = new DataView(body.buffer, body.byteOffset, length);
    if (type === 'PLTE') palette = body;
    if (type === 'IDAT') data.push(body);
    at += 12 + length;
  }
  if (!header || header.byteLength < 13) throw new RangeError('not a PNG');
  return { header, palette, data };
}

/** Undoes PNG's row filters (PNG specification, section 9) at one byte per pixel. */
function unfilter(rows: Uint8Array, width: number, height: number): Uint8Array {
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const from = y * (width + 1);
    const filter = rows[from] ?? 0;
    const to = y * width;
    if (filter === 0) out.set(rows.subarray(from + 1, from + 1 + width), to);
    else unfilterRow(filter, rows.subarray(from + 1, from + 1 + width), out, to, width, y > 0);
  }
  return out;
}

function unfilterRow(
  filter: number,
  row: Uint8Array,
  out: Uint8Array,
  to: number,
  width: number,
  hasAbove: boolean,
): void {
  for (let x = 0; x < width; x++) {
    const left = x > 0 ? (out[to + x - 1] ?? 0) : 0;
    const above = hasAbove ? (out[to + x - width] ?? 0) : 0;
    const corner = hasAbove && x > 0 ? (out[to + x - width - 1] ?? 0) : 0;
    const predictions = [0, left, above, (left + above) >> 1, paeth(left, above, corner)];
    out[to + x] = (row[x] ?? 0) + (predictions[filter] ?? 0);
  }
}

function paeth(left: number, above: number, corner: number): number {
  const estimate = left + above - corner;
  const toLeft = Math.abs(estimate - left);
  const toAbove = Math.abs(estimate - above);
  const toCorner = Math.abs(estimate - corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}
