/**
 * The structure of a PNG (ISO 15948): chunks of a length, a type, data and a check sum. libpng notices what is missing
 * by itself, and forgives a missing end chunk.
 */
import { Meter } from './meter.ts';

const signatureBytes = 8;
/** Length, type and check sum. */
const frameBytes = 12;
const compressed: ReadonlySet<string> = new Set(['zTXt', 'iTXt']);
const text: ReadonlySet<string> = new Set(['tEXt', 'eXIf', ...compressed]);

/** Throws `image_too_large`. */
export function scanPng(bytes: Buffer): void {
  const meters = {
    data: new Meter('pngDataChunks'),
    chunks: new Meter('photoChunks'),
    frames: new Meter('photoFrames'),
    icc: new Meter('photoIcc'),
    text: new Meter('photoText'),
  };
  for (let at = signatureBytes; at + frameBytes <= bytes.length;) {
    const length = bytes.readUInt32BE(at);
    const type = bytes.toString('latin1', at + 4, at + 8);
    const end = at + 8 + length;
    if (type === 'IEND' || end > bytes.length) return;
    const data = bytes.subarray(at + 8, end);
    if (type === 'IDAT' || type === 'fdAT') meters.data.add();
    else if (type === 'fcTL') meters.frames.add();
    else meters.chunks.add();
    if (type === 'iCCP') meters.icc.addUnpacked(packedPart(type, data));
    if (text.has(type)) meters.text.add(length);
    if (compressed.has(type)) meters.text.addUnpacked(packedPart(type, data));
    at = end + 4;
  }
}

/** The zlib data in a chunk; empty if there is none. */
function packedPart(type: string, data: Buffer): Buffer {
  const afterName = after(data, 0);
  // Of iTXt: a flag for compression, its method, a language tag and a translated keyword. Of others: the method.
  if (type !== 'iTXt') return data.subarray(afterName + 1);
  return data[afterName] === 1 ? data.subarray(after(data, after(data, afterName + 2))) : data.subarray(data.length);
}

/** The index after the next zero byte, or the data's length. */
function after(data: Buffer, from: number): number {
  const zero = data.indexOf(0, from);
  return zero === -1 ? data.length : zero + 1;
}
