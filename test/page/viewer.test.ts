/** The picture of a result: pointing, zooming, comparing, cutting out, by mouse, fingers and keyboard. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decodeIndexedPng, type IndexedImage } from '@m2fp/client';
import type { BrowserContextOptions, Locator, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { startApi } from '../support/api/api-process.ts';
import { photoOfHeads } from '../support/portrait/samples.ts';
import { startRealService } from '../support/real-service.ts';
import { describePage, drop, expectNoSidewaysScrolling, fileOf, phone } from '../support/page/visit.ts';
import { until } from '../support/worker/until.ts';
import { endWorkers } from '../support/worker/worker-process.ts';

/** The head of one person at a place in a gray photo, so that pointing at the wrong place cannot pass. */
async function photoOf(width: number, height: number): Promise<Uint8Array> {
  const head = await sharp(await photoOfHeads('sample6.jpg'))
    .resize(300, 300)
    .toBuffer();
  const canvas = { width, height, channels: 3, background: '#777' } as const;
  const place = { input: head, left: Math.round((width - 300) * 0.75), top: Math.round((height - 300) * 0.3) };
  return sharp({ create: canvas }).composite([place]).jpeg().toBuffer();
}

const shapes = [
  { name: '2-3.jpg', width: 400, height: 600 },
  { name: '1-1.jpg', width: 420, height: 420 },
  { name: '3-1.jpg', width: 1_050, height: 350 },
];

/** The same numbers in each run (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where the middle of a photo's pixel is in the window, while the whole photo is shown. */
async function inWindow(stage: Locator, photo: { width: number; height: number }, { x, y }: Point): Promise<Point> {
  const box = await stage.boundingBox();
  if (box === null) throw new Error('The stage is not visible.');
  const scale = Math.min(box.width / photo.width, box.height / photo.height);
  return {
    x: box.x + (box.width - photo.width * scale) / 2 + (x + 0.5) * scale,
    y: box.y + (box.height - photo.height * scale) / 2 + (y + 0.5) * scale,
  };
}

/** What the page says of a place in the window; empty where it says nothing. */
async function tipAt(page: Page, { x, y }: Point): Promise<string> {
  await page.mouse.move(x, y);
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  const tip = page.locator('.canvas-stage .tip');
  return (await tip.count()) === 0 ? '' : tip.innerText();
}

const sample = (page: Page): Locator => page.locator('.sample .canvas-stage:has(canvas)');

describePage('the viewer', ({ open, shoot }) => {
  afterEach(endWorkers);

  /** The page with its sample, for what needs no worker. */
  async function openSample(options: BrowserContextOptions = {}): Promise<Page> {
    const api = await startApi();
    return open(api.url, options);
  }

  test('pointing agrees with the class map at every aspect ratio', async () => {
    const api = await startRealService('portrait', { INPUT_URLS: 'loopback' });
    // The worker tells of its model soon after it has started.
    await until(async () => (await api.client.models.list())[0]?.kind === 'portrait');
    const page = await open(api.url);
    const [model] = await api.client.models.list();
    const titles = new Map(model?.labels.map(({ id, title }) => [id, title]));
    for (const { name, width, height } of shapes) {
      await drop(page, [fileOf(name, await photoOf(width, height))]);
      await page.getByRole('heading', { name }).waitFor();
      const stage = page.locator('article .canvas-stage:has(canvas)');
      await stage.waitFor();
      const jobId = /job_\w+/.exec(page.url())?.[0] ?? '';
      const classes = await api.client.jobs.files.read(jobId, 'colormap').then(decodeIndexedPng);
      expect([classes.width, classes.height]).toEqual([width, height]);
      await stage.scrollIntoViewIfNeeded();
      const seen = new Set<number>();
      for (const at of pointsOf(classes)) {
        const classId = classes.indices[at.y * width + at.x] ?? 0;
        seen.add(classId);
        const told = await tipAt(page, await inWindow(stage, classes, at));
        const wanted = classId === 0 ? /^$/ : new RegExp(`^${titles.get(classId) ?? '?'} · Person 1 · `, 'i');
        expect(told, `${name} at ${at.x}, ${at.y}`).toMatch(wanted);
      }
      expect(seen.size, name).toBeGreaterThanOrEqual(3);
      await shoot(page, `viewer-${name.replace('.jpg', '')}`);
    }

    // Photos from URLs are not kept: the overlay stands in, and nothing is cut out of that.
    const photo = await photoOf(420, 420);
    const web = createServer((_, response) => response.setHeader('content-type', 'image/jpeg').end(photo));
    onTestFinished(() => void web.close());
    await new Promise<void>((listening) => web.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(web.address() as AddressInfo).port}/linked.jpg`;
    const outputs = ['masks', 'colormap', 'instances', 'overlay'] as const;
    const created = await api.client.jobs.create({ url }, { options: { outputs: [...outputs] } });
    await page.goto(`${api.url}/jobs/${created.id}`);
    await page.getByText('has not kept this photo').waitFor();
    await page.getByRole('button', { name: /^Hair/ }).click();
    await page.getByRole('button', { name: 'Only this' }).waitFor();
    expect(await page.getByRole('button', { name: 'Save hair' }).count()).toBe(0);
    await shoot(page, 'viewer-photo-gone');

    // What is chosen is in the address, and comes back with it; so does what was looked for in vain.
    expect(page.url()).toBe(`${api.url}/jobs/${created.id}?part=hair`);
    await page.reload();
    await page.getByRole('button', { name: 'Only this' }).waitFor();
    await page.getByRole('button', { name: 'Person 1' }).click();
    await expect.poll(() => page.url()).toBe(`${api.url}/jobs/${created.id}?person=1`);
    await page.getByText(/^Not found: .*glasses/).waitFor();
  });

  test('zooming and panning keep the pixel under the pointer, by wheel and by keyboard', async () => {
    // All of it can be seen: while a page scrolls, the wheel goes on scrolling it.
    const page = await openSample({ viewport: { width: 1280, height: 1400 } });
    const stage = sample(page);
    await page.getByRole('button', { name: 'Compare' }).click();
    const hair = await inWindow(stage, { width: 960, height: 769 }, { x: 842, y: 120 });
    const before = await tipAt(page, hair);
    expect(before).toMatch(/^Hair · Person \d/);
    for (let turn = 0; turn < 8; turn++) await page.mouse.wheel(0, -120);
    await expect.poll(() => stage.getAttribute('data-zoomed')).toBe('');
    expect(await tipAt(page, { x: hair.x + 1, y: hair.y })).toBe(before);
    await shoot(page, 'viewer-zoomed');
    await page.mouse.down();
    await page.mouse.move(hair.x - 80, hair.y + 60, { steps: 4 });
    await page.mouse.up();
    expect(await tipAt(page, { x: hair.x - 80, y: hair.y + 60 })).toBe(before);
    await stage.focus();
    await page.keyboard.press('0');
    await expect.poll(() => stage.getAttribute('data-zoomed')).toBeNull();
    for (const key of ['+', '+', '+', 'ArrowRight', 'ArrowDown']) await page.keyboard.press(key);
    await expect.poll(() => stage.getAttribute('data-zoomed')).toBe('');
    await page.keyboard.press('-');
    await page.keyboard.press('0');
    expect(await tipAt(page, hair)).toBe(before);
  });

  test('the divider is dragged on the picture and moved by keys', async () => {
    const page = await openSample();
    const stage = sample(page);
    const divider = stage.getByRole('slider');
    const box = (await stage.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    await page.mouse.move(box.x + box.width / 2, box.y + 60);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.25, box.y + 90, { steps: 5 });
    expect(await stage.locator('.tip').count()).toBe(0);
    await page.mouse.up();
    expect(await divider.getAttribute('aria-valuenow')).toBe('25');
    // Left of it is the photo as it is, right of it are colors; both can be pointed at.
    await divider.focus();
    await page.keyboard.press('Home');
    expect(await divider.getAttribute('aria-valuenow')).toBe('0');
    await page.keyboard.press('ArrowRight');
    expect(await divider.getAttribute('aria-valuenow')).toBe('2');
  });

  test('a part is cut out, copied, hidden and shown alone', async () => {
    const page = await openSample();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    const stage = sample(page);
    await stage.waitFor();
    await page.getByRole('button', { name: 'Person 2' }).click();
    await page.getByRole('heading', { name: 'Parts of person 2' }).waitFor();
    const row = page.getByRole('listitem').filter({ has: page.getByRole('button', { name: /^Hair [\d,]+ px/ }) });
    const count = Number((await row.innerText()).replaceAll(/\D/g, ''));
    await row.getByRole('button', { name: /^Hair/ }).click();
    await shoot(page, 'viewer-person-2');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      row.getByRole('button', { name: 'Save hair' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe('sample3-person-2-hair.png');
    const { data } = await sharp(await readFile(await download.path()))
      .raw()
      .toBuffer({ resolveWithObject: true });
    let opaque = 0;
    for (let alpha = 3; alpha < data.length; alpha += 4) if (data[alpha] === 255) opaque++;
    expect(opaque).toBe(count);

    await row.getByRole('button', { name: 'Copy cutout' }).click();
    await row.getByText('Copied.').waitFor();
    const types = 'navigator.clipboard.read().then((items) => items.flatMap((item) => item.types))';
    expect(await page.evaluate<string[]>(types)).toContain('image/png');

    await row.getByRole('button', { name: 'Only this' }).click();
    const [hide, show] = ['Hide Nose', 'Show Nose'].map((name) => page.getByRole('button', { name }));
    await show?.waitFor();
    await page.getByRole('button', { name: 'Show all' }).click();
    await hide?.click();
    await show?.waitFor();
  });

  test('a click in the picture offers the same; colors change, and the screen is filled', async () => {
    const page = await openSample({ colorScheme: 'dark' });
    const stage = sample(page);
    await stage.scrollIntoViewIfNeeded();
    const hair = await inWindow(stage, { width: 960, height: 769 }, { x: 842, y: 120 });
    await page.mouse.click(hair.x, hair.y);
    const card = page.getByRole('group', { name: /^Hair · Person/ });
    await card.getByRole('button', { name: 'Hide' }).waitFor();
    await shoot(page, 'viewer-card-dark');
    await card.getByRole('button', { name: 'Hide' }).click();
    await card.getByRole('button', { name: 'Close' }).click();
    expect(await tipAt(page, hair)).toBe('');
    const colors = page.getByRole('button', { name: 'Colors for color-blind eyes' });
    await colors.click();
    expect(await colors.getAttribute('aria-pressed')).toBe('true');
    await shoot(page, 'viewer-safe-colors-dark');
    await page.getByRole('button', { name: 'Full screen' }).click();
    await expect.poll(() => page.evaluate('document.fullscreenElement?.className')).toBe('viewer-picture');
    await page.keyboard.press('Escape');
    await page.reload();
    expect(await colors.getAttribute('aria-pressed')).toBe('true');
  });

  test('on a phone, two fingers zoom, a tap chooses, and nothing is too wide', async () => {
    const page = await openSample(phone);
    const stage = sample(page);
    await stage.scrollIntoViewIfNeeded();
    const box = (await stage.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const touch = await page.context().newCDPSession(page);
    const fingers = async (type: 'touchStart' | 'touchMove' | 'touchEnd', ...apart: number[]): Promise<void> => {
      const touchPoints = apart.map((by, id) => ({ x: x + by, y: y + 40, id }));
      await touch.send('Input.dispatchTouchEvent', { type, touchPoints });
    };
    await fingers('touchStart', -50, 50);
    for (let apart = 60; apart <= 140; apart += 10) await fingers('touchMove', -apart, apart);
    await fingers('touchEnd');
    await expect.poll(() => stage.getAttribute('data-zoomed')).toBe('');
    await shoot(page, 'viewer-phone');
    await page.getByRole('button', { name: 'Whole photo' }).tap();
    await expect.poll(() => stage.getAttribute('data-zoomed')).toBeNull();
    await stage.scrollIntoViewIfNeeded();
    const hair = await inWindow(stage, { width: 960, height: 769 }, { x: 842, y: 120 });
    await page.touchscreen.tap(hair.x, hair.y);
    await page.getByRole('group', { name: /^Hair · Person/ }).waitFor();
    await shoot(page, 'viewer-phone-card');
    // Whatever is chosen below the picture, the picture can be seen.
    await page.getByRole('button', { name: 'Close' }).tap();
    await page.getByRole('button', { name: 'Person 2' }).tap();
    await page.getByRole('button', { name: /^Neck [\d,]+ px/ }).tap();
    expect(await stage.boundingBox().then((visible) => visible?.y)).toBeGreaterThanOrEqual(0);
    await expectNoSidewaysScrolling(page);
  });
});

/** Twenty points: half of them anywhere, the others on each class in turn; none at the very edge between two. */
function pointsOf({ width, height, indices }: IndexedImage): Point[] {
  const random = createRandom(width);
  const parts = [...new Set(indices)].filter((id) => indices.filter((other) => other === id).length > 500 && id > 0);
  const points: Point[] = [];
  while (points.length < 20) {
    const point = { x: Math.floor(random() * width), y: Math.floor(random() * height) };
    const at = point.y * width + point.x;
    const isInside = [1, -1, width, -width].every((by) => indices[at + by] === indices[at]);
    const isWanted = points.length < 10 || indices[at] === parts[points.length % parts.length];
    if (isInside && isWanted) points.push(point);
  }
  return points;
}
