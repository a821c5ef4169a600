/**
 * The photo at its own size and at each half of it, as far down as a screen needs. Drawing 12 megapixels into a quarter
 * of a megapixel anew for every frame would take longer than a frame has.
 */
import { levelFor } from './tiles.ts';
import type { Size } from './view-transform.ts';

/** Larger photos are kept at half their size: this many pixels are 96 MB. */
const maxKeptPixels = 24e6;

/** No level's longer side is below this, px. */
const smallestSidePx = 512;

export class PhotoLevels {
  /** Of the result; the pictures may be smaller. */
  readonly size: Size;
  readonly #levels: ImageBitmap[];
  /** What the first picture stands for: the photo itself, or half of it, … */
  readonly #first: number;
  #isClosed = false;

  private constructor(size: Size, first: number, pictures: readonly ImageBitmap[]) {
    this.size = size;
    this.#first = first;
    this.#levels = [...pictures];
  }

  /** Without a photo, nothing is drawn. Throws a DOMException for a file that the browser cannot show. */
  static async open(photo: Blob | undefined, size: Size): Promise<PhotoLevels> {
    const first = Math.max(0, Math.ceil(Math.log2((size.width * size.height) / maxKeptPixels) / 2));
    if (photo === undefined) return new PhotoLevels(size, first, []);
    const picture = await createImageBitmap(photo, first === 0 ? {} : halved(size, first));
    return new PhotoLevels(size, first, [picture]);
  }

  /** Makes the smaller ones; until then the larger are drawn. */
  async makeSmaller(): Promise<void> {
    for (;;) {
      const last = this.#levels.at(-1);
      if (this.#isClosed || last === undefined || Math.max(last.width, last.height) < 2 * smallestSidePx) return;
      const next = await createImageBitmap(last, halved(last, 1));
      if (this.#isClosed) next.close();
      else this.#levels.push(next);
    }
  }

  /** Draws a box of the photo, px, into a box of the canvas. @param scale the canvas's px per pixel of the photo */
  draw(context: DrawingContext, from: Rectangle, to: Rectangle, scale: number): void {
    const index = Math.min(this.#levels.length - 1, Math.max(0, levelFor(scale) - this.#first));
    const picture = this.#levels[index];
    if (picture === undefined || this.#isClosed) return;
    const [across, down] = [picture.width / this.size.width, picture.height / this.size.height];
    context.drawImage(
      picture,
      ...([from.x * across, from.y * down, from.width * across, from.height * down] as const),
      ...([to.x, to.y, to.width, to.height] as const),
    );
  }

  /** Frees the memory; nothing is drawn afterwards. */
  close(): void {
    this.#isClosed = true;
    for (const picture of this.#levels) picture.close();
  }
}

export type DrawingContext = CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function halved({ width, height }: Size, times: number): ImageBitmapOptions {
  const half = (length: number): number => Math.max(1, Math.round(length / 2 ** times));
  return { resizeWidth: half(width), resizeHeight: half(height), resizeQuality: 'medium' };
}
