/**
 * An animated picture of a page in use: screenshots with the pointer drawn over them, each with the time for which it
 * is shown. Screenshots have no pointer of their own.
 */
import type { Locator, Page } from 'playwright-core';
import sharp, { type OverlayOptions } from 'sharp';

export interface Point {
  readonly x: number;
  readonly y: number;
}

interface Frame {
  readonly png: Buffer;
  readonly delayMs: number;
}

/** Of a movement: fast enough to follow, slow enough to be calm. */
const stepMs = 100;

const scrollSteps = 2;
/** Between what is revealed and the edge of the viewport. */
const marginPx = 12;

/** Longest wait for the page to have drawn what was asked of it. */
const drawMs = 2_000;

export class Film {
  readonly #page: Page;
  readonly #frames: Frame[] = [];
  #pointer: Point;
  #isPressed = false;

  /** @param pointer where it is at first, in CSS pixels of the viewport */
  constructor(page: Page, pointer: Point) {
    this.#page = page;
    this.#pointer = pointer;
  }

  /** Shows the page as it is now. */
  async hold(delayMs: number): Promise<void> {
    await drawn(this.#page);
    const png = await sharp(await this.#page.screenshot())
      .composite([this.#cursor()])
      .png()
      .toBuffer();
    this.#frames.push({ png, delayMs });
  }

  /** Moves the pointer in a straight line, slower at both ends. */
  async moveTo(to: Point, steps = 5): Promise<void> {
    const from = this.#pointer;
    for (let step = 1; step <= steps; step++) {
      const share = (1 - Math.cos((Math.PI * step) / steps)) / 2;
      this.#pointer = { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
      await this.#page.mouse.move(this.#pointer.x, this.#pointer.y);
      await this.hold(stepMs);
    }
  }

  /** Scrolls until all of something is in view, or its head if it is higher than that. */
  async reveal(target: Locator): Promise<void> {
    const { y, height } = await boxOf(target);
    const shown = this.#page.viewportSize()?.height ?? height;
    const downPx = Math.min(y + height - shown, y) + marginPx;
    if (downPx <= marginPx) return;
    for (let step = 0; step < scrollSteps; step++) {
      await this.#page.evaluate(`scrollBy({ top: ${downPx / scrollSteps}, behavior: 'instant' })`);
      await this.hold(stepMs);
    }
  }

  /** Presses the button, and lets it go after `during`. */
  async press(during: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    await this.#page.mouse.down();
    this.#isPressed = true;
    await this.hold(stepMs);
    await during();
    await this.#page.mouse.up();
    this.#isPressed = false;
  }

  async click(target: Locator): Promise<void> {
    await this.moveTo(await middleOf(target));
    await this.press();
  }

  /** @param colors of all frames together, at most 256 */
  async toGif(widthPx: number, colors: number): Promise<Buffer> {
    const frames = await Promise.all(this.#frames.map(({ png }) => sharp(png).resize(widthPx).png().toBuffer()));
    return sharp(frames, { join: { animated: true } })
      .gif({
        delay: this.#frames.map(({ delayMs }) => delayMs),
        loop: 0,
        colors,
        effort: 10,
        dither: 0.4,
        // What hardly differs from the frame before is not stored again.
        interFrameMaxError: 6,
        interPaletteMaxError: 256,
      })
      .toBuffer();
  }

  #cursor(): OverlayOptions {
    const size = 28;
    const fill = this.#isPressed ? '#ffd54a' : '#ffffff';
    const arrow = `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 14 14">
      <path d="M1 1v10.2l2.6-2.4 1.7 3.9 1.9-.8-1.7-3.8H9z" fill="${fill}" stroke="#111827" stroke-linejoin="round"/>
    </svg>`;
    return { input: Buffer.from(arrow), left: Math.round(this.#pointer.x) - 2, top: Math.round(this.#pointer.y) - 2 };
  }
}

export async function middleOf(target: Locator): Promise<Point> {
  const { x, y, width, height } = await boxOf(target);
  return { x: x + width / 2, y: y + height / 2 };
}

/** Of something that is in view. @throws Error if it is not shown */
export async function boxOf(target: Locator): Promise<{ x: number; y: number; width: number; height: number }> {
  const box = await target.boundingBox();
  if (box === null) throw new Error(`${target.toString()} is not on the page.`);
  return box;
}

/** What was changed is drawn at the next frame; fonts and pictures may still be on their way. */
async function drawn(page: Page): Promise<void> {
  await page.evaluate(
    `Promise.race([
      new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
      new Promise((resolve) => setTimeout(resolve, ${drawMs})),
    ])`,
  );
}
