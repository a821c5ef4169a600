/** The boxes of an AVIF's `meta` box, as far as they say what is decoded for the picture (ISO 14496-12, 8.11). */
import { cutOff, type Meter } from './meter.ts';

export interface Box {
  readonly type: string;
  readonly data: Buffer;
}

/** The boxes that follow each other in these bytes. One that is longer than what is there is cut off. */
export function boxesIn(bytes: Buffer, meter: Meter): Box[] {
  const boxes: Box[] = [];
  for (let at = 0; at + 8 <= bytes.length;) {
    meter.add();
    const short = bytes.readUInt32BE(at);
    const isLong = short === 1;
    if (isLong && at + 16 > bytes.length) cutOff();
    const size = short === 0 ? bytes.length - at : isLong ? Number(bytes.readBigUInt64BE(at + 8)) : short;
    const start = at + (isLong ? 16 : 8);
    const end = at + size;
    if (end < start || end > bytes.length) cutOff();
    boxes.push({ type: bytes.toString('latin1', at + 4, at + 8), data: bytes.subarray(start, end) });
    at = end;
  }
  return boxes;
}

/** Whole numbers, one after the other; zeros beyond the end. */
class Numbers {
  at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length;
  }

  /** @param size in bytes, 0 to 8 */
  next(size: number): number {
    let value = 0;
    for (let i = 0; i < size; i++) value = value * 256 + (this.#bytes[this.at++] ?? 0);
    return value;
  }
}

/** The items that each item is derived from (`dimg`), or that belong to it (`auxl`, the other way around). */
export function readReferences(
  iref: Buffer,
  meters: { readonly boxes: Meter; readonly items: Meter },
): Map<number, number[]> {
  const parts = new Map<number, number[]>();
  const idBytes = iref[0] === 0 ? 2 : 4;
  for (const { type, data } of boxesIn(iref.subarray(4), meters.boxes)) {
    if (type !== 'dimg' && type !== 'auxl') continue;
    const numbers = new Numbers(data);
    const from = numbers.next(idBytes);
    const count = numbers.next(2);
    meters.items.add(count);
    for (let i = 0; i < count; i++) {
      const to = numbers.next(idBytes);
      const [whole, part] = type === 'dimg' ? [from, to] : [to, from];
      const known = parts.get(whole);
      if (known) known.push(part);
      else parts.set(whole, [part]);
    }
  }
  return parts;
}

/** Width times height of each item (`ispe`). Adds up color profiles. */
export function readProperties(
  iprp: Buffer,
  meters: { readonly boxes: Meter; readonly items: Meter; readonly icc: Meter },
): Map<number, number> {
  const boxes = boxesIn(iprp, meters.boxes);
  const properties = boxes.filter(({ type }) => type === 'ipco').flatMap(({ data }) => boxesIn(data, meters.boxes));
  for (const { type, data } of properties) if (type === 'colr') meters.icc.add(data.length);
  const sizes = properties.map(({ type, data }) =>
    type === 'ispe' && data.length >= 12 ? data.readUInt32BE(4) * data.readUInt32BE(8) : undefined,
  );
  const areas = new Map<number, number>();
  for (const { type, data } of boxes) {
    if (type !== 'ipma' || data.length < 8) continue;
    const numbers = new Numbers(data);
    const version = numbers.next(1);
    const flags = numbers.next(3);
    const count = numbers.next(4);
    for (let i = 0; i < count && !numbers.isAtEnd; i++) {
      const id = numbers.next(version === 0 ? 2 : 4);
      const associations = numbers.next(1);
      for (let j = 0; j < associations; j++) {
        // The highest bit says whether the property is essential.
        const index = flags & 1 ? numbers.next(2) & 0x7fff : numbers.next(1) & 0x7f;
        const area = sizes[index - 1];
        if (area !== undefined) areas.set(id, Math.max(area, areas.get(id) ?? 0));
      }
    }
  }
  return areas;
}

/** The data of each item (`iloc`). Throws `image_unreadable` if some of it is outside the file. */
export function readLocations(
  iloc: Buffer,
  from: { readonly file: Buffer; readonly idat: Buffer },
  meter: Meter,
): Map<number, Buffer> {
  const located = new Map<number, Buffer>();
  const numbers = new Numbers(iloc);
  const version = numbers.next(1);
  numbers.at = 4;
  const [sizes, more] = [numbers.next(1), numbers.next(1)];
  const [offsetBytes, lengthBytes, baseBytes] = [sizes >> 4, sizes & 15, more >> 4];
  const indexBytes = version === 0 ? 0 : more & 15;
  const count = numbers.next(version < 2 ? 2 : 4);
  let copied = 0;
  for (let i = 0; i < count && !numbers.isAtEnd; i++) {
    const id = numbers.next(version < 2 ? 2 : 4);
    const method = version === 0 ? 0 : numbers.next(2) & 15;
    numbers.next(2);
    const base = numbers.next(baseBytes);
    const source = method === 1 ? from.idat : from.file;
    const extents = numbers.next(2);
    meter.add(extents);
    const parts: Buffer[] = [];
    for (let j = 0; j < extents; j++) {
      numbers.next(indexBytes);
      const start = base + numbers.next(offsetBytes);
      const length = numbers.next(lengthBytes);
      if (method > 1) continue;
      if (start + length > source.length) cutOff();
      parts.push(source.subarray(start, length === 0 ? source.length : start + length));
    }
    const [first] = parts;
    if (!first) continue;
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    if (parts.length > 1) copied += bytes;
    // Items may share their data, which would make them any size.
    if (copied > from.file.length) cutOff();
    located.set(id, parts.length === 1 ? first : Buffer.concat(parts));
  }
  return located;
}
