/**
 * The structure of a JPEG (ITU-T T.81): markers, each `FF` and a code, most of them with a segment of at most 64 KiB.
 * The segment of a scan is followed by its compressed data, in which `FF` is written as `FF 00`.
 *
 * libjpeg takes whatever is missing for gray. It ends in an error if the file ends, but only warns if a marker comes
 * too early, and anyone can add one. So coefficients that no scan brings are found here, and scans that end too early
 * by libjpeg's warnings (`isStrict`).
 */
import { Meter, cutOff, isPadded } from './meter.ts';
import { Coefficients, readFrame, readScan, type Frame } from './jpeg-scans.ts';

const marker = { tem: 0x01, dht: 0xc4, rst0: 0xd0, rst7: 0xd7, soi: 0xd8, eoi: 0xd9, sos: 0xda, app2: 0xe2 } as const;
const endOfImage = Buffer.of(0xff, marker.eoi);
/** Entropy-coded data has fewer equal bytes at its end, unless zeros mean "nothing more" in it. */
const naturalTail = 32;

/** What the decoder is given. */
export interface Decodable {
  readonly bytes: Uint8Array;
  /** Rows below the photo, to be cropped: see `withRowsBelow`. */
  readonly rowsBelow: number;
  /** Whether a warning of the decoder means that pixels are missing. */
  readonly isStrict: boolean;
  /** Of a JPEG that is decoded while it is read: how its rows are, and how it gets more of them. */
  readonly rows?: { readonly perBlock: number; readonly below: (rows: number) => Decodable };
}

/** Throws `image_too_large` or `image_unreadable`. */
export function scanJpeg(bytes: Buffer): Decodable {
  const jpeg = new JpegScanner(bytes);
  const end = jpeg.scan();
  const { frame, coefficients } = jpeg;
  // Without a frame, the decoder has a better message.
  if (frame && !coefficients?.areComplete()) cutOff();
  const whole = end.hasMarker ? bytes : Buffer.concat([bytes.subarray(0, end.at), endOfImage]);
  return frame ? withRowsBelow(whole, frame, jpeg.isInterleaved) : { bytes: whole, rowsBelow: 0, isStrict: true };
}

interface End {
  /** Where the end marker is, or should be. */
  readonly at: number;
  readonly hasMarker: boolean;
}

class JpegScanner {
  frame: Frame | undefined;
  coefficients: Coefficients | undefined;
  /** Whether the first scan brings all components: a sequential file has no other then. */
  isInterleaved = false;
  readonly #bytes: Buffer;
  /** The symbol whose code is all zeros, by a Huffman table's class and number. */
  readonly #zeroSymbols = new Map<number, number>();
  readonly #meters = {
    segments: new Meter('jpegSegments'),
    scans: new Meter('jpegScans'),
    samples: new Meter('jpegSamples'),
    icc: new Meter('photoIcc'),
    text: new Meter('photoText'),
  };

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Up to the end of the first image: others may follow it in the same file. */
  scan(): End {
    const bytes = this.#bytes;
    for (let at = 2; ;) {
      const found = nextMarker(bytes, at);
      if (!found) return { at: trimmed(bytes), hasMarker: false };
      const { code, start } = found;
      // Another image begins where this one should go on.
      if (code === marker.soi) return { at: start, hasMarker: false };
      if (code === marker.eoi) return { at: start, hasMarker: true };
      at = found.end;
      if (isAlone(code)) continue;
      this.#meters.segments.add();
      const length = at + 2 <= bytes.length ? bytes.readUInt16BE(at) : 0;
      const end = at + length;
      if (length < 2 || end > bytes.length) return { at: start, hasMarker: false };
      at = this.#segment(code, bytes.subarray(at + 2, end), end);
    }
  }

  /** Returns where the next marker is to be looked for. */
  #segment(code: number, data: Buffer, end: number): number {
    if (code === marker.sos) return this.#scan(data, end);
    if (code === marker.dht) this.#huffmanTables(data);
    else if (code === marker.app2 && data.toString('latin1', 0, 11) === 'ICC_PROFILE')
      this.#meters.icc.add(data.length);
    else if (code >= 0xe0) this.#meters.text.add(data.length);
    else if (isFrame(code) && !this.frame) {
      this.frame = readFrame(code, data, data.byteOffset - this.#bytes.byteOffset);
      this.coefficients = this.frame && new Coefficients(this.frame);
    }
    return end;
  }

  #scan(header: Buffer, start: number): number {
    this.#meters.scans.add();
    const scan = this.frame && readScan(header, this.frame);
    const end = endOfData(this.#bytes, start);
    if (!scan) return end;
    if (this.#meters.scans.total === 1) this.isInterleaved = scan.components.length === this.frame?.components.length;
    this.coefficients?.add(scan);
    this.#meters.samples.add(scan.samples);
    const isNatural = scan.tables.every((table) => meansNothingMore(this.#zeroSymbols.get(table)));
    if (!isNatural && isPadded(this.#bytes.subarray(start, end), naturalTail)) cutOff();
    return end;
  }

  #huffmanTables(data: Buffer): void {
    for (let at = 0; at + 17 < data.length;) {
      const counts = data.subarray(at + 1, at + 17);
      const firstSymbol = at + 17;
      this.#zeroSymbols.set(data[at] ?? 0, data[firstSymbol] ?? 0);
      at = firstSymbol + counts.reduce((sum, count) => sum + count, 0);
    }
  }
}

/** The next marker from here. Like libjpeg, it skips bytes that belong to none. */
function nextMarker(bytes: Buffer, from: number): { code: number; start: number; end: number } | undefined {
  for (let at = from; ;) {
    const start = nextFF(bytes, at);
    at = start + 1;
    while (bytes[at] === 0xff) at++;
    const code = bytes[at];
    if (code === undefined) return undefined;
    at++;
    if (code !== 0) return { code, start, end: at };
  }
}

/** `indexOf` is fast where the next one is far away, and costs a lot where each second byte is one. */
function nextFF(bytes: Buffer, from: number): number {
  const near = Math.min(from + 32, bytes.length);
  for (let at = from; at < near; at++) if (bytes[at] === 0xff) return at;
  const found = bytes.indexOf(0xff, near);
  return found === -1 ? bytes.length : found;
}

/** Where a scan's data ends: at a marker other than a restart, or at the end of the file. */
function endOfData(bytes: Buffer, from: number): number {
  for (let at = from; ;) {
    const found = nextMarker(bytes, at);
    if (!found) return trimmed(bytes);
    if (found.code < marker.rst0 || found.code > marker.rst7) return found.start;
    at = found.end;
  }
}

/** The end of the file, without the first half of a marker. */
function trimmed(bytes: Buffer): number {
  let end = bytes.length;
  while (bytes[end - 1] === 0xff) end--;
  return end;
}

/** No difference, the end of a block, or of many blocks. */
function meansNothingMore(symbol: number | undefined): boolean {
  return symbol !== undefined && (symbol & 15) === 0 && symbol !== 0xf0;
}

function isAlone(code: number): boolean {
  return code === marker.tem || (code >= marker.rst0 && code <= marker.rst7);
}

/** SOF0 to SOF15; three codes among them mean something else. */
function isFrame(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== marker.dht && code !== 0xc8 && code !== 0xcc;
}

/**
 * libvips reads 8 rows of pixels at a time and asks for libjpeg's warnings before each time, so that what is missing in
 * the last 8 rows would go unnoticed. Where they are all that comes from the last row of blocks, the decoder is told
 * that there are 8 rows more. They have no data, but nobody asks about their warning.
 */
function withRowsBelow(bytes: Buffer, frame: Frame, isInterleaved: boolean): Decodable {
  const { components, height } = frame;
  const isSingle = components.length === 1;
  const asItIs = { bytes, rowsBelow: 0, isStrict: true };
  // More scans, like progressive ones, are read before the first row.
  if (frame.isProgressive || !isInterleaved || height === 0) return asItIs;
  const below = (rows: number): Decodable => {
    // More rows than the header can say are more than any photo may have.
    if (height + rows > 0xffff) return asItIs;
    const taller = Buffer.from(bytes);
    taller.writeUInt16BE(height + rows, frame.heightAt);
    // A single component's blocks follow each other whatever its factors are, but libjpeg decodes `v` rows of them at a
    // time, and would come to rows without data too early.
    if (isSingle) taller[frame.factorsAt] = 0x11;
    return { bytes: taller, rowsBelow: rows, isStrict: true };
  };
  const perBlock = isSingle ? 8 : 8 * Math.max(...components.map(({ v }) => v));
  // Taller blocks are read ahead, to interpolate.
  const atFullSize = perBlock === 8 ? below(Math.ceil(height / 8) * 8 + 8 - height) : asItIs;
  return { ...atFullSize, rows: { perBlock, below } };
}
