import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from './errors.ts';
import { detectFormat } from './photo-format.ts';

const bytesOf = (latin1: string): Uint8Array => Uint8Array.from(latin1, (character) => character.charCodeAt(0));

/** A format, or the code and first word of the refusal. */
function formatOf(bytes: Uint8Array): string {
  try {
    return detectFormat(bytes);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return `${error.code}: ${error.message.split(' ')[0]}`;
  }
}

const notAnImage = 'image_unreadable: This';

describe('a photo format', () => {
  const heads: [head: string, format: string][] = [
    ['\xff\xd8\xff\xe0', 'jpeg'],
    ['\x89PNG\r\n\x1a\n', 'png'],
    ['RIFF\x00\n\xff\x80WEBP', 'webp'],
    ['\0\0\0\x18ftypmif1\0\0\0\0avifmif1', 'avif'],
    ['\0\0\0\x14ftypmif1\0\0\0\0heic', 'unsupported_format: HEIC'],
    ['\0\0\0\x14ftypisom\0\0\0\0avc1', 'unsupported_format: Video'],
    // A brand after the end of the box does not belong to it.
    ['\0\0\0\x10ftypisom\0\0\0\0avif', 'unsupported_format: Video'],
    ['GIF89a', 'unsupported_format: GIF'],
    ['\xff\x0a', 'unsupported_format: JPEG'],
    ['%PDF-1.7', 'unsupported_format: PDF'],
    ['\xff\xd8', notAnImage],
    ['hello', notAnImage],
    ['', notAnImage],
  ];
  it.each(heads)('of %j is %s', (head, format) => {
    expect(formatOf(bytesOf(head))).toBe(format);
  });

  const documents: [text: string, isSvg: boolean][] = [
    ['<svg>', true],
    ['\uFEFF\n <SVG\twidth="1">', true],
    ['<?xml version="1.0"?><!-- ü > <svg> -->\n<!DOCTYPE svg><svg >', true],
    ['<!---->'.repeat(500) + '<svg>', true],
    ['<svg', false],
    ['<svgs>', false],
    ['<!-- <svg>', false],
    ['<!-- one --> text --><svg>', false],
    ['<html><svg>', false],
  ];
  it.each(documents)('of %j is SVG: %s', (text, isSvg) => {
    expect(formatOf(new TextEncoder().encode(text))).toBe(isSvg ? 'unsupported_format: SVG' : notAnImage);
  });
});

describe('any bytes', () => {
  const pieces = [
    '<!--',
    '-->',
    '<!---->',
    '<?xml ',
    '<!doctype',
    '>',
    '<svg',
    ' ',
    '\0\0\0\x18',
    'ftyp',
    'avif',
    'RIFF',
  ];
  const anyBytes = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 4 })), { maxLength: 12 }).map((texts) => {
      return new TextEncoder().encode(texts.join(''));
    }),
    // Whole signatures are too rare to be found by chance.
    fc
      .tuple(
        fc.constantFrom('\xff\xd8\xff', '\x89PNG\r\n\x1a\n', 'BM', '\0\0\0\x18ftyp'),
        fc.uint8Array({ maxLength: 40 }),
      )
      .map(([start, rest]) => Uint8Array.of(...bytesOf(start), ...rest)),
  );

  it('give a format or one of the two documented errors', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(formatOf(bytes)).toMatch(/^(jpeg|png|webp|avif|unsupported_format: .+|image_unreadable: This)$/);
      }),
      { seed: 1, numRuns: 3000 },
    );
  });

  it('depend only on the part of the buffer that the view covers', () => {
    fc.assert(
      fc.property(anyBytes, fc.nat(9), (bytes, offset) => {
        const buffer = new Uint8Array(bytes.length + offset + 9).fill(0x3c);
        buffer.set(bytes, offset);
        expect(formatOf(buffer.subarray(offset, offset + bytes.length))).toBe(formatOf(bytes));
      }),
      { seed: 2, numRuns: 1000 },
    );
  });

  // A backtracking regular expression would need years for 40 comments (280 bytes).
  it.each([40, 600])('take no time for %i empty comments', (comments) => {
    expect(formatOf(bytesOf('<!---->'.repeat(comments)))).toBe(notAnImage);
  });
});
