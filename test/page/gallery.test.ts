import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { unzipSync } from 'fflate';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { photoOfOne, photoOfTwo } from '../support/portrait/samples.ts';
import { startRealService } from '../support/real-service.ts';
import { brokenPhoto, describePage, drop, expectNoSidewaysScrolling, fileOf, phone } from '../support/page/visit.ts';
import { endWorkers } from '../support/worker/worker-process.ts';

const run = promisify(execFile);

describePage('many photos', ({ open, shoot }) => {
  afterEach(endWorkers);

  test('12 photos, one broken and one by the name of HEIC, are followed, filtered and saved', async () => {
    const api = await startRealService('portrait');
    const page = await open(api.url);
    const [one, two] = [await photoOfOne(), await photoOfTwo()];
    const wall = await sharp({ create: { width: 320, height: 240, channels: 3, background: '#789' } })
      .jpeg()
      .toBuffer();
    const good = Array.from({ length: 8 }, (_, i) => fileOf(`photo ${i + 1}.jpg`, i % 2 === 0 ? one : two));
    const heic = fileOf('IMG_0001.HEIC', new TextEncoder().encode(`\0\0\0\x18${'ftyp'}heic\0\0\0\0`), 'image/heic');
    await drop(page, [...good, fileOf('wall.jpg', wall), heic, brokenPhoto, fileOf('photo 1.jpg', two)]);
    const cards = page.locator('#photos li');
    await expect.poll(() => cards.count()).toBe(12);
    await shoot(page, 'gallery-working');
    await expect.poll(() => page.locator('#photos li[data-outcome]').count(), { timeout: 200_000 }).toBe(12);

    await page.getByRole('button', { name: 'Failed (2)' }).click();
    await expect.poll(() => cards.count()).toBe(2);
    const cardTexts = (await cards.allInnerTexts()).join();
    for (const reason of ['Not a picture', 'Format not supported']) expect(cardTexts).toContain(reason);
    await shoot(page, 'gallery-failed');
    await page.getByRole('button', { name: 'Nobody (1)' }).click();
    await expect.poll(() => cards.allInnerTexts()).toEqual([expect.stringMatching(/wall\.jpg\s+Nobody found/)]);
    await page.getByRole('button', { name: 'All (12)' }).click();
    await shoot(page, 'gallery');

    const annotations = JSON.parse((await saved(page, 'Download all (COCO)')).toString()) as {
      images: { id: number; file_name: string }[];
      annotations: { id: number; image_id: number }[];
    };
    const names = [...Array.from({ length: 8 }, (_, i) => `photo ${i + 1}.jpg`), 'photo 1-2.jpg', 'wall.jpg'].sort();
    expect(annotations.images.map(({ file_name: name }) => name).sort()).toEqual(names);
    expect(new Set(annotations.images.map(({ id }) => id)).size).toBe(10);
    expect(new Set(annotations.annotations.map(({ id }) => id)).size).toBe(annotations.annotations.length);
    const files = Object.keys(unzipSync(new Uint8Array(await saved(page, 'Download all (zip)'))));
    expect(files).toEqual(
      expect.arrayContaining(['photo 1/masks.json', 'photo 1-2/overlay.jpg', 'annotations.json', 'wall/colormap.png']),
    );
  });

  test('by keyboard alone, with the strip in view, and on a phone', async () => {
    const api = await startRealService('portrait');
    const page = await open(api.url);
    await drop(page, [fileOf('one.jpg', await photoOfOne()), brokenPhoto]);
    await page.locator('#photos li[data-outcome=done]').waitFor();
    await page.locator('#photos li[data-outcome=failed]').waitFor();
    const first = page.locator('#photos .card').first();
    await first.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'notes.jpg' }).waitFor();
    // From a card, Tab leads to what can be done with it.
    await page.locator('#photos .card[aria-current]').focus();
    await page.keyboard.press('Tab');
    expect(await focused(page)).toBe('Remove notes.jpg');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('#photos li').count()).toBe(1);
    await first.click();
    await page.locator('article canvas').first().waitFor();
    await page.mouse.wheel(0, 900);
    await expect.poll(async () => (await page.locator('#photos').boundingBox())?.y).toBe(0);

    const small = await open(api.url, { ...phone, colorScheme: 'dark' });
    await drop(small, [fileOf('one.jpg', await photoOfOne()), brokenPhoto, fileOf('two.jpg', await photoOfTwo())]);
    await expect.poll(() => small.locator('#photos li[data-outcome]').count(), { timeout: 200_000 }).toBe(3);
    await expectNoSidewaysScrolling(small);
    await shoot(small, 'gallery-phone');
  });

  test('options come with samples of code that do the same', async () => {
    const api = await startRealService('portrait');
    const page = await open(api.url);
    await page.getByText('Options', { exact: true }).click();
    await page.getByLabel('Cutout', { exact: true }).check();
    await page.getByLabel('Lowest score').fill('0.25');
    await page.getByLabel('Lowest score').fill('7');
    await page.getByText('Must be 0 to 1; not used until corrected.').waitFor();
    await page.getByText('Not used, because what is written is out of range: Lowest score.').waitFor();
    await page.getByLabel('Short side (px)').fill('400');
    await page.getByText('· 3 changed').waitFor();
    await shoot(page, 'options');
    const folder = await mkdtemp(join(tmpdir(), 'm2fp-samples-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    await writeFile(join(folder, 'photo.jpg'), await photoOfOne());
    for (const language of ['curl', 'JavaScript', 'Python']) {
      await page.getByRole('button', { name: language, exact: true }).click();
      const code = await page.locator('.code-samples code').innerText();
      for (const part of ['score_threshold', '0.25', 'cutout', 'photo.jpg']) expect(code).toContain(part);
      await runSample(language, code, folder);
      expect((await readFile(join(folder, 'cutout.png'))).subarray(1, 4).toString(), language).toBe('PNG');
      await rm(join(folder, 'cutout.png'));
    }
    await page.reload();
    await page.getByText('· 3 changed').click();
    await page.getByRole('button', { name: 'Back to the defaults' }).click();
    expect(await page.locator('.code-samples code').innerText()).not.toMatch(/options|cutout/);
  });
});

async function saved(page: Page, name: string): Promise<Buffer> {
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
  return readFile(await download.path());
}

function focused(page: Page): Promise<string | null> {
  return page.evaluate<string | null>('document.activeElement.getAttribute("aria-label")');
}

/** As somebody would who has copied it. */
async function runSample(language: string, code: string, folder: string): Promise<void> {
  const options = { cwd: folder, timeout: 120_000 };
  if (language === 'JavaScript') {
    // There, the client is installed.
    const file = join(import.meta.dirname, `sample-${process.pid}.mjs`);
    onTestFinished(() => rm(file, { force: true }));
    await writeFile(file, code);
    await run(process.execPath, [file], options);
    return;
  }
  if (language === 'Python') {
    await writeFile(join(folder, 'sample.py'), code);
    await run('python3', ['sample.py'], options);
    return;
  }
  const [parse = '', fetchFile = ''] = code.split("# One of its files, by the job's id");
  const { stdout } = await run('sh', ['-c', parse], options);
  const { id } = JSON.parse(stdout) as { id: string };
  await run('sh', ['-c', fetchFile.replace('JOB_ID', id)], options);
}
