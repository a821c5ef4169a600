/** Recognizes a file by its first bytes. A known format that we refuse is distinguished from no image at all. */
import { AppError } from './errors.ts';

/** The formats that can be parsed. */
export type PhotoFormat = 'jpeg' | 'png' | 'webp' | 'avif';

/** How files of these formats are called. */
export const photoExtensions: readonly string[] = ['.jpg', '.jpeg', '.jfif', '.png', '.webp', '.avif'];

const accepted = 'JPEG, PNG, WebP and AVIF are accepted';

/** Throws `unsupported_format` for other images and documents, `image_unreadable` for anything else. */
export function detectFormat(bytes: Uint8Array): PhotoFormat {
  const start = toLatin1(bytes.subarray(0, 256));
  const signed = signatures.find(([, signature]) => signature.test(start))?.[0];
  const format = signed ?? isoMediaFormat(start) ?? (isSvg(bytes.subarray(0, 4096)) ? 'SVG' : undefined);
  switch (format) {
    case 'jpeg':
    case 'png':
    case 'webp':
    case 'avif':
      return format;
    case undefined:
      throw new AppError('image_unreadable', `This is not an image: ${accepted}.`);
    default:
      throw new AppError('unsupported_format', `${format} files are not supported: ${accepted}.`);
  }
}

/** Matched against the bytes as Latin-1. */
const signatures: readonly (readonly [format: string, signature: RegExp])[] = [
  ['jpeg', /^\xff\xd8\xff/],
  ['png', /^\x89PNG\r\n\x1a\n/],
  ['webp', /^RIFF.{4}WEBP/s],
  ['GIF', /^GIF8[79]a/],
  ['TIFF', /^(II[*+]\0|MM\0[*+])/],
  ['PDF', /^%PDF-/],
  ['PostScript', /^%!PS/],
  ['BMP', /^BM.{4}\0{4}/s],
  ['ICO', /^\0\0[\x01\x02]\0/],
  ['Photoshop', /^8BPS/],
  ['JPEG XL', /^(\xff\x0a|\0\0\0\x0cJXL )/],
  ['JPEG 2000', /^(\xff\x4f\xff\x51|\0\0\0\x0cjP {2})/],
  ['Radiance HDR', /^#\?RADIANCE/],
  ['OpenEXR', /^v\/1\x01/],
];

/** One character per byte. `TextDecoder` cannot do this: its `latin1` is Windows-1252. */
function toLatin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** AVIF, HEIC and video are ISO media files: a first box of type `ftyp` names the brands that they conform to. */
function isoMediaFormat(start: string): string | undefined {
  if (!start.startsWith('ftyp', 4)) return undefined;
  const boxBytes = [0, 1, 2, 3].reduce((size, i) => size * 256 + start.charCodeAt(i), 0);
  const brands = start.slice(8, boxBytes).match(/.{4}/gs) ?? [];
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return 'avif';
  return brands.some((brand) => /^(he[ivm].|mif1|msf1)$/.test(brand)) ? 'HEIC' : 'Video';
}

/**
 * SVG has no magic number: it is XML whose root element, after comments and declarations, is `svg`. One pass from left
 * to right, because a regular expression for this backtracks exponentially on `<!---->` repeated many times.
 */
function isSvg(head: Uint8Array): boolean {
  const text = new TextDecoder().decode(head).toLowerCase();
  for (let at = 0; ;) {
    while (isSpace(text[at])) at++;
    if (text.startsWith('<!--', at)) at = endOf(text, '-->', at + 4);
    else if (text.startsWith('<?xml', at) || text.startsWith('<!doctype', at)) at = endOf(text, '>', at);
    else return /^<svg[\s>]/.test(text.slice(at, at + 5));
  }
}

function isSpace(character: string | undefined): boolean {
  return character !== undefined && character.trim() === '';
}

/** The index after the next `end`, or the end of the text if there is none. */
function endOf(text: string, end: string, from: number): number {
  const found = text.indexOf(end, from);
  return found === -1 ? text.length : found + end.length;
}
