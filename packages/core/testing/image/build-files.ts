/** Photos and files made for tests: ordinary ones by sharp, strange ones byte by byte. */
import { crc32 } from 'node:zlib';
import sharp, { type Sharp } from 'sharp';

/** A picture with detail everywhere, so that each part of it takes some data; always the same. */
export function texture(width: number, height: number): Sharp {
  let state = 1;
  const pixels = Uint8Array.from({ length: width * height * 3 }, (_, i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return ((i * 2) % width) + ((state >>> 16) % 60);
  });
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** A marker with its segment. */
export function segment(code: number, data: Uint8Array = new Uint8Array(0)): Buffer {
  const head = Buffer.of(0xff, code, 0, 0);
  head.writeUInt16BE(data.length + 2, 2);
  return Buffer.concat([head, data]);
}

export const soi = Buffer.of(0xff, 0xd8);
export const eoi = Buffer.of(0xff, 0xd9);

/** The header of a progressive JPEG with one color channel. */
export function frameOf(width: number, height: number): Buffer {
  const data = Buffer.of(8, 0, 0, 0, 0, 1, 1, 0x11, 0);
  data.writeUInt16BE(height, 1);
  data.writeUInt16BE(width, 3);
  return segment(0xc2, data);
}

/** A baseline JPEG with one color channel whose header gives that other sampling factors, which changes no pixel. */
export function sampledAs(factors: number, gray: Buffer): Buffer {
  const sampled = Buffer.from(gray);
  sampled[sampled.indexOf(Buffer.of(0xff, 0xc0)) + 11] = factors;
  return sampled;
}

/** A scan of all of that channel's bits, with one byte of data. */
export const wholeScan = Buffer.concat([segment(0xda, Buffer.of(1, 1, 0, 0, 63, 0)), Buffer.of(0x55)]);

export const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

/** A chunk of a RIFF file; its data must have an even length. */
export function riffChunk(type: string, data: Uint8Array): Buffer {
  const head = Buffer.from(`${type}    `, 'latin1');
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data]);
}

export function webpOf(...chunks: readonly Uint8Array[]): Buffer {
  return riffChunk('RIFF', Buffer.concat([Buffer.from('WEBP'), ...chunks]));
}

function box(type: string, ...data: readonly Uint8Array[]): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(8 + data.reduce((sum, { length }) => sum + length, 0));
  return Buffer.concat([size, Buffer.from(type, 'latin1'), ...data]);
}

export interface AvifItem {
  readonly id: number;
  readonly type: string;
  readonly width: number;
  readonly height: number;
  /** What it is put together from. */
  readonly parts?: readonly number[];
  readonly data?: Uint8Array;
}

const u16 = (value: number): Buffer => Buffer.of(value >> 8, value & 255);
const u32 = (value: number): Buffer => Buffer.concat([u16(value >>> 16), u16(value & 0xffff)]);
const versionAndFlags = u32(0);

/** An AVIF whose picture is the first item. */
export function avifOf(...items: readonly AvifItem[]): Buffer {
  const infos = items.map(({ id, type }) =>
    box('infe', Buffer.of(2, 0, 0, 0), u16(id), u16(0), Buffer.from(`${type}\0`, 'latin1'), Buffer.alloc(2)),
  );
  const references = items
    .filter(({ parts }) => parts !== undefined)
    .map(({ id, parts = [] }) => box('dimg', u16(id), u16(parts.length), ...parts.map(u16)));
  const sizes = items.map(({ width, height }) => box('ispe', versionAndFlags, u32(width), u32(height)));
  const uses = items.flatMap(({ id }, i) => [u16(id), Buffer.of(1, i + 1)]);
  const withData = items.filter(({ data }) => data !== undefined);
  const data = withData.map((item) => item.data ?? Buffer.alloc(0));
  const ftyp = box('ftyp', Buffer.from('avif\0\0\0\0avifmif1'));
  const mdat = box('mdat', ...data);
  let at = ftyp.length + 8;
  const places = withData.flatMap(({ id }, i) => {
    const length = data[i]?.length ?? 0;
    at += length;
    return [u16(id), u16(0), u16(1), u32(at - length), u32(length)];
  });
  const meta = box(
    'meta',
    versionAndFlags,
    box('pitm', versionAndFlags, u16(items[0]?.id ?? 0)),
    box('iinf', versionAndFlags, u16(items.length), ...infos),
    box('iref', versionAndFlags, ...references),
    box('iprp', box('ipco', ...sizes), box('ipma', versionAndFlags, u32(items.length), ...uses)),
    box('iloc', versionAndFlags, Buffer.of(0x44, 0), u16(withData.length), ...places),
  );
  return Buffer.concat([ftyp, mdat, meta]);
}
