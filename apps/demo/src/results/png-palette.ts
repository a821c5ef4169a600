/** Reads the palette of an indexed PNG: the colour of each pixel value. Source: PNG specification, sections 5.3 and 11.2.2. */

const signatureBytes = 8;

/** `[r, g, b]` by pixel value. Throws where there is no PLTE chunk. */
export function readPalette(png: Uint8Array): [number, number, number][] {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  // A chunk: length of its data (4 bytes), type (4), data, checksum (4).
  for (let at = signatureBytes; at + 12 <= png.byteLength; at += view.getUint32(at) + 12) {
    if (String.fromCharCode(...png.subarray(at + 4, at + 8)) !== 'PLTE') continue;
    const length = view.getUint32(at);
    return Array.from({ length: length / 3 }, (_, entry) => {
      const from = at + 8 + entry * 3;
      return [view.getUint8(from), view.getUint8(from + 1), view.getUint8(from + 2)];
    });
  }
  throw new Error('The PNG has no palette.');
}
