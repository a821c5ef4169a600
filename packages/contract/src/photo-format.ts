/**
 * The kind of a file, by its first bytes. A known format that we refuse is distinguished from something that is no
 * image.
 */
import { AppError } from './errors.ts';

/** The formats that are parsed. */
export type PhotoFormat = 'jpeg' | 'png' | 'webp' | 'avif';

const accepted = 'JPEG, PNG, WebP and AVIF are accepted';

/** Throws `unsupported_format` for other images and documents, `image_unreadable` for anything else. */
export function detectFormat(bytes: Uint8Array): PhotoFormat {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 4096));
  const text = head.toString('latin1');
  const signed = signatures.find(([, signature]) => signature.test(text))?.[0];
  const format = signed ?? isoMediaFormat(head) ?? (isSvg(head) ? 'SVG' : undefined);
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

/** Matched against the bytes as Latin-1, so that one character is one byte. */
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

/** AVIF, HEIC and video are ISO media files: their first box, of type `ftyp`, lists the brands they conform to. */
function isoMediaFormat(head: Buffer): string | undefined {
  const text = head.toString('latin1');
  if (!text.startsWith('ftyp', 4)) return undefined;
  const brands = text.slice(8, Math.min(head.readUInt32BE(0), 256)).match(/.{4}/gs) ?? [];
  if (brands.some((brand) => brand === 'avif' || brand === 'avis')) return 'avif';
  return brands.some((brand) => /^(he[ivm].|mif1|msf1)$/.test(brand)) ? 'HEIC' : 'Video';
}

/**
 * SVG has no magic number: it is XML whose root element, after comments and declarations, is `svg`. One pass from left
 * to right, because a regular expression for this backtracks exponentially on `<!---->` over and over.
 */
function isSvg(head: Buffer): boolean {
  const text = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .toLowerCase();
  let at = 0;
  for (;;) {
    while (isSpace(text[at])) at++;
    if (text.startsWith('<!--', at)) at = endOf(text, '-->', at + 4);
    else if (text.startsWith('<?xml', at) || text.startsWith('<!doctype', at)) at = endOf(text, '>', at);
    else return text.startsWith('<svg', at) && (text[at + 4] === '>' || isSpace(text[at + 4]));
  }
}

/** The index after the next `end`, or the end of the text if there is none. */
function endOf(text: string, end: string, from: number): number {
  const found = text.indexOf(end, from);
  return found === -1 ? text.length : found + end.length;
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t' || character === '\n' || character === '\r';
}
