import { expect, it } from 'vitest';
import { isPhotoFault, refuseNoPhoto } from './photo-fault.ts';

it.each([
  ['words', 'image_unreadable'],
  ['GIF89a', 'unsupported_format'],
  [`\0\0\0\x18${'ftyp'}heic\0\0\0\0heic`, 'unsupported_format'],
])('%j is not sent', async (text, code) => {
  await expect(refuseNoPhoto(new Blob([text]))).rejects.toMatchObject({ name: 'M2fpError', code });
  expect(isPhotoFault({ code })).toBe(true);
});

it.each([[[0xff, 0xd8, 0xff, 0xe0]], [[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]]])(
  'what may be a photo is: %j',
  async (bytes) => {
    await expect(refuseNoPhoto(new Blob([new Uint8Array(bytes)]))).resolves.toBeUndefined();
  },
);

it('what passes is no fault of the photo', () => {
  expect(isPhotoFault({ code: 'timeout' })).toBe(false);
});
