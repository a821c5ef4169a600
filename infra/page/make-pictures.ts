/**
 * `npm run docs:pictures`: starts the service, uses its page as a visitor would, and writes what is to be seen to
 * docs/images: `page.gif` for the README. It needs Chromium, as the tests do.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startStack } from '@m2fp/dev-services/stack';
import type { Locator, Page } from 'playwright-core';
import { launchBrowser } from '../../test/support/page/browser.ts';
import { boxOf, Film, middleOf, type Point } from './film.ts';

const images = fileURLToPath(new URL('../../docs/images/', import.meta.url));

/** CSS pixels. */
const viewport = { width: 1_280, height: 860 };
/** Of the picture, as wide as code hosts and npm show it: texts are smaller than on the page, and can be read. */
const widthPx = 960;
/** A picture that is larger is not loaded while one looks at the text around it. */
const maxBytes = 2_500_000;
/** Of the page, for whatever it is asked; parsing takes some seconds. */
const timeoutMs = 120_000;

/** Between two looks at the progress. */
const pollMs = 50;

/** In pixels. */
interface Size {
  readonly width: number;
  readonly height: number;
}

/** The photos that are seen, of packages/page/public/samples. */
const sample3 = { width: 960, height: 769 };
const sample2 = { width: 960, height: 699 };

const controller = new AbortController();
process.once('SIGINT', () => controller.abort());

const stack = await startStack({ model: 'portrait', logLevel: 'warn', signal: controller.signal });
try {
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext({ viewport, locale: 'en-US', colorScheme: 'light' });
    context.setDefaultTimeout(timeoutMs);
    const page = await context.newPage();
    await page.goto(stack.apiUrl);
    const film = new Film(page, { x: 820, y: 300 });
    await showFirstSight(page, film);
    await showOwnPhoto(page, film);
    const gif = await film.toGif(widthPx, 192);
    if (gif.length > maxBytes) throw new Error(`The picture has ${gif.length} bytes, and may have ${maxBytes}.`);
    await writeFile(join(images, 'page.gif'), gif);
    console.log(`docs/images/page.gif: ${gif.length} bytes`);
  } finally {
    await browser.close();
  }
} finally {
  await stack.stop();
}

/** The sample is alive: parts say what they are, and the divider goes back and forth. */
async function showFirstSight(page: Page, film: Film): Promise<void> {
  const canvas = page.locator('.sample canvas').first();
  await canvas.waitFor();
  await film.hold(1_200);
  await film.reveal(canvas);
  const hair = { x: 0.88, y: 0.16 };
  const lips = { x: 0.812, y: 0.326 };
  for (const part of [hair, lips]) {
    await film.moveTo(await pointOn(canvas, sample3, part));
    await film.hold(800);
  }
  const divider = page.getByRole('slider', { name: 'Divider' });
  await film.moveTo(await middleOf(divider));
  await film.press(async () => {
    const { y } = await middleOf(divider);
    await film.moveTo({ x: (await pointOn(canvas, sample3, { x: 0.02, y: 0 })).x, y }, 6);
  });
  await film.hold(900);
}

/** A photo is added, parsed and looked at. */
async function showOwnPhoto(page: Page, film: Film): Promise<void> {
  const sample = page.getByRole('button', { name: 'Sample photo 2' });
  await page.evaluate('scrollTo({ top: 0, behavior: "instant" })');
  await film.click(sample);
  const canvas = page.locator('.photo-view canvas').first();
  await page.locator('.photo-view progress').waitFor();
  await film.hold(300);
  await Promise.all([filmProgress(page, film), canvas.waitFor()]);
  await film.hold(600);
  await film.reveal(canvas);
  await film.hold(600);
  const hair = { x: 0.84, y: 0.3 };
  await film.moveTo(await pointOn(canvas, sample2, hair));
  await film.press();
  await film.hold(1_600);
  await film.click(page.getByRole('button', { name: 'Person 4' }));
  await film.hold(2_200);
}

/** Each step of the progress for a moment, however long it takes. */
async function filmProgress(page: Page, film: Film): Promise<void> {
  const progress = page.locator('.photo-view progress');
  let before = 0;
  while (await progress.isVisible()) {
    const percent = Number(await progress.getAttribute('value').catch(() => before));
    if (percent >= before + 15) {
      await film.hold(250);
      before = percent;
    }
    await page.waitForTimeout(pollMs);
  }
}

/** A place on a photo, which is shown as large as its canvas allows. @param share of the photo's width and height */
async function pointOn(canvas: Locator, photo: Size, share: Point): Promise<Point> {
  const { x, y, width, height } = await boxOf(canvas);
  const scale = Math.min(width / photo.width, height / photo.height);
  return {
    x: x + width / 2 + (share.x - 0.5) * photo.width * scale,
    y: y + height / 2 + (share.y - 0.5) * photo.height * scale,
  };
}
