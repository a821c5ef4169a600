import { describe, expect, test } from 'vitest';
import { fileNameIn } from './content-disposition.ts';

/** As Node gives a header's bytes. */
const bytes = (text: string): string => Buffer.from(text).toString('latin1');

describe('the file name in Content-Disposition', () => {
  test.each([
    ['attachment; filename="a b.jpg"', 'a b.jpg'],
    ['attachment;filename=a.jpg', 'a.jpg'],
    ['inline; size=3 ; FileName = a.jpg ; x=y', 'a.jpg'],
    [String.raw`attachment; filename="a\"b;c\\d.jpg"; filename=other.jpg`, String.raw`a"b;c\d.jpg`],
    [`attachment; filename*=UTF-8''caf%C3%A9.jpg; filename="cafe.jpg"`, 'café.jpg'],
    [`attachment; filename=cafe.jpg; filename*=iso-8859-1'en'caf%e9.jpg`, 'café.jpg'],
    [`attachment; filename=cafe.jpg; filename*=koi8-r''%c6.jpg`, 'cafe.jpg'],
    [bytes('attachment; filename="写真.jpg"'), '写真.jpg'],
    ['attachment; filename="caf\xe9.jpg"', 'café.jpg'],
    ['attachment; name="; filename=no.jpg"; filename=yes.jpg', 'yes.jpg'],
  ])('of %j is %j', (header, name) => expect(fileNameIn(header)).toBe(name));

  test.each([null, '', 'attachment', 'filename=a.jpg', 'attachment; filename', 'attachment; filename="a.jpg'])(
    'is not there in %j',
    (header) => expect(fileNameIn(header)).toBeUndefined(),
  );
});
