/**
 * The structure of a WebP (RFC 9649): a RIFF file of chunks, each with a type and a length, padded to even. libwebp
 * walks the list of frames from its start for each of them.
 *
 * Decoders refuse data that ends too early. Zeros in the place of what is missing they decode to something: these are
 * found here.
 */
import { Meter, cutOff, isPadded } from './meter.ts';

const riffHeaderBytes = 12;
const chunkHeaderBytes = 8;
/** What an `ANMF` chunk has before its own chunks. */
const frameHeaderBytes = 16;

/** Throws `image_too_large` or `image_unreadable`. */
export function scanWebp(bytes: Buffer): void {
  if (bytes.length < riffHeaderBytes) cutOff();
  const end = bytes.readUInt32LE(4) + chunkHeaderBytes;
  if (end > bytes.length) cutOff();
  const meters = {
    chunks: new Meter('photoChunks'),
    frames: new Meter('photoFrames'),
    icc: new Meter('photoIcc'),
    text: new Meter('photoText'),
  };
  const add = ({ type, data }: Chunk): void => {
    if (type === 'VP8 ' || type === 'VP8L') meters.frames.add();
    else meters.chunks.add();
    if (type === 'ICCP') meters.icc.add(data.length);
    if (type === 'EXIF' || type === 'XMP ') meters.text.add(data.length);
    assertWhole({ type, data });
  };
  for (const chunk of chunksOf(bytes.subarray(riffHeaderBytes, end))) {
    add(chunk);
    // No frame holds another one.
    if (chunk.type === 'ANMF') for (const part of chunksOf(chunk.data.subarray(frameHeaderBytes))) add(part);
  }
}

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function* chunksOf(bytes: Buffer): Generator<Chunk> {
  for (let at = 0; at + chunkHeaderBytes <= bytes.length;) {
    const type = bytes.toString('latin1', at, at + 4);
    const length = bytes.readUInt32LE(at + 4);
    const start = at + chunkHeaderBytes;
    if (start + length > bytes.length) cutOff();
    yield { type, data: bytes.subarray(start, start + length) };
    at = start + length + (length % 2);
  }
}

function assertWhole({ type, data }: Chunk): void {
  const size = type === 'VP8 ' ? lossySize(data) : type === 'VP8L' ? losslessSize(data) : undefined;
  if (!size) return;
  // Zeros mean "no difference" in VP8. An encoder takes up to 5.7 bits to say that of a macroblock of 16 x 16 px.
  const macroblocks = Math.ceil(size.width / 16) * Math.ceil(size.height / 16);
  if (isPadded(data, 16 + Math.ceil(macroblocks * 0.75))) cutOff();
}

function lossySize(data: Buffer): Size | undefined {
  return data.length < 10 ? undefined : { width: data.readUInt16LE(6) & 0x3fff, height: data.readUInt16LE(8) & 0x3fff };
}

function losslessSize(data: Buffer): Size | undefined {
  if (data.length < 5) return undefined;
  const bits = data.readUInt32LE(1);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}
