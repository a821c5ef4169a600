/**
 * The structure of an AVIF (ISO 23008-12 over ISO 14496-12): a `meta` box lists items, and one of them is the picture.
 * It may be put together from others, over several levels, and each of those may be used any number of times: a few
 * kilobytes can stand for hours of decoding. So what is decoded for the picture is added up here.
 *
 * libheif notices what is missing by itself, and an AV1 picture that is larger than its item says.
 */
import { AppError, bounds, photoLimits } from '@m2fp/contract';
import { boxesIn, readLocations, readProperties, readReferences, type Box } from './avif-boxes.ts';
import { Meter, cutOff } from './meter.ts';

/** Throws `image_too_large` or `image_unreadable`. */
export function scanAvif(bytes: Buffer): void {
  const meters: AvifMeters = {
    boxes: new Meter('avifBoxes'),
    items: new Meter('avifItems'),
    icc: new Meter('photoIcc'),
  };
  const meta = boxesIn(bytes, meters.boxes).find(({ type }) => type === 'meta');
  // Without it, the decoder has a better message.
  if (!meta) return;
  const picture = readMeta(meta, bytes, meters);
  if (picture) new Meter('avifPixels').add(decodedPixels(picture, meters));
}

interface AvifMeters {
  readonly boxes: Meter;
  readonly items: Meter;
  readonly icc: Meter;
}

interface Picture {
  readonly primary: number;
  /** The items that an item is put together from, or that hold its transparency. */
  readonly parts: ReadonlyMap<number, readonly number[]>;
  /** Width times height, by item. */
  readonly areas: ReadonlyMap<number, number>;
  /** The data of items. */
  readonly data: ReadonlyMap<number, Buffer>;
  readonly av1: ReadonlySet<number>;
}

function readMeta(meta: Box, bytes: Buffer, meters: AvifMeters): Picture | undefined {
  const boxes = boxesIn(meta.data.subarray(4), meters.boxes);
  const dataOf = (type: string): Buffer => boxes.find((box) => box.type === type)?.data ?? Buffer.alloc(0);
  const [primary, items] = [dataOf('pitm'), dataOf('iinf')];
  if (primary.length < 6 || items.length < 6) return undefined;
  const av1 = new Set<number>();
  for (const { type, data } of boxesIn(items.subarray(items[0] === 0 ? 6 : 8), meters.boxes)) {
    if (type !== 'infe' || data.length < 14) continue;
    meters.items.add();
    const isLong = data[0] === 3;
    const id = isLong ? data.readUInt32BE(4) : data.readUInt16BE(4);
    if (data.toString('latin1', isLong ? 10 : 8, isLong ? 14 : 12) === 'av01') av1.add(id);
  }
  return {
    primary: primary[0] === 0 || primary.length < 8 ? primary.readUInt16BE(4) : primary.readUInt32BE(4),
    parts: readReferences(dataOf('iref'), meters),
    areas: readProperties(dataOf('iprp'), meters),
    data: readLocations(dataOf('iloc'), { file: bytes, idat: dataOf('idat') }, meters.items),
    av1,
  };
}

/** Over all levels, each use of an item counted. */
function decodedPixels(picture: Picture, { boxes }: AvifMeters): number {
  const known = new Map<number, number>();
  const pixelsOf = (id: number, level: number): number => {
    const before = known.get(id);
    if (before !== undefined) return before;
    if (level > bounds.avifLevels.max)
      throw new AppError('image_too_large', 'The image is too large: its parts are nested too deep.');
    const parts = picture.parts.get(id) ?? [];
    const ofParts = parts.reduce((sum, part) => sum + pixelsOf(part, level + 1), 0);
    const frames = picture.av1.has(id) ? countFrames(picture.data.get(id), boxes) : 1;
    const pixels = (picture.areas.get(id) ?? photoLimits.maxPixels) * frames + ofParts;
    known.set(id, pixels);
    return pixels;
  };
  return pixelsOf(picture.primary, 0);
}

const frameTypes: ReadonlySet<number> = new Set([3, 6, 7]);

/** Frames in an AV1 bitstream (its specification, 5.3): a still picture has one, a layered one has a few. */
function countFrames(data: Buffer | undefined, obus: Meter): number {
  let frames = 0;
  for (let at = 0; data && at < data.length;) {
    obus.add();
    const header = data[at] ?? 0;
    if (frameTypes.has((header >> 3) & 15)) frames += 1;
    const hasExtension = (header & 4) !== 0;
    const hasSize = (header & 2) !== 0;
    at += hasExtension ? 2 : 1;
    if (!hasSize) break;
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = data[at++];
      if (byte === undefined || shift > 28) cutOff();
      size += (byte & 127) * 2 ** shift;
      if (byte < 128) break;
    }
    at += size;
    if (at > data.length) cutOff();
  }
  return Math.max(frames, 1);
}
