import sharp from 'sharp';
import { expect, test } from 'vitest';
import { upright } from './photo-bytes.ts';

const stripes = sharp({ create: { width: 20, height: 10, channels: 3, background: 'red' } });

test('a photo that is stored upright is left as it is', async () => {
  const photo = { bytes: await stripes.clone().jpeg().toBuffer() };
  expect(await upright(photo)).toBe(photo);
});

test.each(['jpeg', 'png', 'webp'] as const)(
  'a %s that EXIF data turns is turned, in its own format',
  async (format) => {
    const bytes = await stripes.clone().withMetadata({ orientation: 6 }).toFormat(format).toBuffer();
    const turned = await upright({ bytes });
    const { width, height, orientation, format: found } = await sharp('bytes' in turned ? turned.bytes : '').metadata();
    expect({ width, height, format: found }).toEqual({ width: 10, height: 20, format });
    expect(orientation ?? 1).toBe(1);
  },
);
