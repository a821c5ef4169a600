import { readFile } from 'node:fs/promises';
import sharp, { type Sharp } from 'sharp';

export interface PhotoSize {
  readonly width: number;
  readonly height: number;
}

export interface BenchPhoto extends PhotoSize {
  readonly bytes: Uint8Array;
}

const jpeg = { quality: 90 } as const;
/** A synthetic photo is enlarged noise, this many cells across: like a photo, it has soft edges everywhere. */
const cellsAcross = 96;

/** JPEGs of the given sizes: `source` cropped to fit, or without it the same synthetic texture every time. */
export async function createBenchPhotos(sizes: readonly PhotoSize[], source?: string): Promise<BenchPhoto[]> {
  const original = source === undefined ? undefined : await readFile(source);
  return Promise.all(
    sizes.map(async ({ width, height }) => {
      const image = original ? sharp(original).autoOrient() : texture({ width, height });
      const bytes = await image.resize(width, height, { fit: 'cover' }).jpeg(jpeg).toBuffer();
      return { width, height, bytes };
    }),
  );
}

function texture({ width, height }: PhotoSize): Sharp {
  const size = { width: cellsAcross, height: Math.max(1, Math.round((cellsAcross * height) / width)) };
  const data = new Uint8Array(size.width * size.height * 3);
  let state = 1;
  for (let i = 0; i < data.length; i++) {
    // Park and Miller's generator: the same picture everywhere.
    state = (state * 48_271) % 2_147_483_647;
    data[i] = state % 256;
  }
  return sharp(data, { raw: { ...size, channels: 3 } });
}
