/**
 * The photos on which two models differ most, with a picture of each.
 *
 * `!` only in loops over pixels of maps of one size.
 */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { RgbImage } from '@m2fp/core/image';
import type { IdMap } from '@m2fp/evaluation';
import { writeWhole } from '@m2fp/terminal';
import sharp from 'sharp';

export interface Difference {
  readonly name: string;
  /** Share of the pixels that have another class. */
  readonly differing: number;
  /** Path. */
  readonly picture: string;
}

export type Color = readonly [number, number, number];

/** Kept, each with a picture. */
const most = 10;
/** Of each of the four pictures, px. */
const panelWidth = 480;
const gap = 6;
const differentColor: Color = [255, 0, 64];

/** Writes pictures of the worst photos so far to `dir`; it has at most ten at any time. */
export class DifferenceGallery {
  readonly #dir: string;
  readonly #colorOf: (classId: number) => Color;
  readonly #worst: Difference[] = [];

  constructor(dir: string, colorOf: (classId: number) => Color) {
    this.#dir = dir;
    this.#colorOf = colorOf;
  }

  /** Most different first. */
  get worst(): readonly Difference[] {
    return this.#worst;
  }

  /** Two label maps of one photo; `photo` decodes it. */
  async add(name: string, maps: readonly [IdMap, IdMap], photo: () => Promise<RgbImage>): Promise<void> {
    const differing = shareOfDifferent(...maps);
    const least = this.#worst.at(-1)?.differing ?? 0;
    if (differing === 0 || (this.#worst.length === most && differing <= least)) return;
    const picture = join(this.#dir, `${name}.png`);
    await mkdir(this.#dir, { recursive: true });
    await writeWhole(picture, await drawPanels(await photo(), maps, this.#colorOf));
    this.#worst.push({ name, differing, picture });
    this.#worst.sort((a, b) => b.differing - a.differing);
    for (const { picture: dropped } of this.#worst.splice(most)) await rm(dropped, { force: true });
  }
}

function shareOfDifferent(a: IdMap, b: IdMap): number {
  let different = 0;
  for (let i = 0; i < a.ids.length; i++) if (a.ids[i]! !== b.ids[i]!) different++;
  return different / a.ids.length;
}

/** Photo, one model, the other, and where they differ, side by side. */
async function drawPanels(photo: RgbImage, [a, b]: readonly [IdMap, IdMap], colorOf: (id: number) => Color) {
  const { width, height } = photo;
  const painted = (color: (i: number) => Color): Uint8Array => {
    const data = new Uint8Array(width * height * 3);
    for (let i = 0; i < width * height; i++) data.set(color(i), 3 * i);
    return data;
  };
  const panels = [
    photo.data,
    painted((i) => colorOf(a.ids[i]!)),
    painted((i) => colorOf(b.ids[i]!)),
    painted((i) => (a.ids[i] === b.ids[i] ? faint(photo.data, i) : differentColor)),
  ];
  const panel = { width: Math.min(width, panelWidth), height: 0 };
  panel.height = Math.max(1, Math.round((height * panel.width) / width));
  const input = await Promise.all(
    // Not smoothed: between two classes there is no third one.
    panels.map((data, i) =>
      sharp(data, { raw: { width, height, channels: 3 } })
        .resize(panel.width, panel.height, { kernel: i === 0 ? 'lanczos3' : 'nearest', fit: 'fill' })
        .png()
        .toBuffer(),
    ),
  );
  const total = { width: panel.width * panels.length + gap * (panels.length - 1), height: panel.height };
  return sharp({ create: { ...total, channels: 3, background: '#fff' } })
    .composite(input.map((image, i) => ({ input: image, left: i * (panel.width + gap), top: 0 })))
    .png()
    .toBuffer();
}

/** Gray, and light enough to show what differs. */
function faint(rgb: Uint8Array, pixel: number): Color {
  const gray = (rgb[3 * pixel]! + rgb[3 * pixel + 1]! + rgb[3 * pixel + 2]!) / 3;
  const light = Math.round(160 + gray / 3);
  return [light, light, light];
}
