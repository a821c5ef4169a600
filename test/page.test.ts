/** The page as a visitor uses it, in this machine's Chromium. The test prints the folder of its screenshots. */
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { launchBrowser, skipReason } from './support/page/browser.ts';
import { startApi, waitUntilReady } from './support/api/api-process.ts';
import { startRealService } from './support/real-service.ts';
import { photoOfOne, photoOfTwo } from './support/portrait/samples.ts';
import { scriptedPhoto } from './support/api/scripted-photo.ts';
import { until } from './support/worker/until.ts';
import { endWorkers, startWorkerProcess } from './support/worker/worker-process.ts';

if (skipReason !== undefined) process.stderr.write(`The page is not tested: ${skipReason}.\n`);

describe.skipIf(skipReason !== undefined)(
  `the page${skipReason === undefined ? '' : ` (skipped: ${skipReason})`}`,
  () => {
    let browser: Browser | undefined;
    let shots = '';
    beforeAll(async () => {
      browser = await launchBrowser();
      shots = await mkdtemp(join(tmpdir(), 'm2fp-page-'));
      process.stdout.write(`Screenshots: ${shots}\n`);
    });
    afterAll(() => browser?.close());
    afterEach(endWorkers);

    /** Opens the page. The test fails if the page's security policy blocks anything or something in the page throws. */
    async function open(url: string, options: Parameters<Browser['newContext']>[0] = {}): Promise<Page> {
      if (browser === undefined) throw new Error('There is no browser.');
      const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
      // The machine may be busy; the test has its own limit.
      context.setDefaultTimeout(200_000);
      const page = await context.newPage();
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error') faults.push(message.text());
      });
      onTestFinished(async () => {
        await context.close();
        expect(faults.filter((text) => !/status of 4\d\d/.test(text))).toEqual([]);
      });
      await page.goto(url);
      return page;
    }

    interface DroppedFile {
      readonly name: string;
      readonly type: string;
      readonly base64: string;
    }

    async function drop(page: Page, files: readonly DroppedFile[]): Promise<void> {
      const transfer = await page.evaluateHandle(`(() => {
      const data = new DataTransfer();
      for (const { name, type, base64 } of ${JSON.stringify(files)}) {
        const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
        data.items.add(new File([bytes], name, { type }));
      }
      return data;
    })()`);
      await page.dispatchEvent('#drop', 'drop', { dataTransfer: transfer });
    }

    async function photo(name: string, made: Promise<Uint8Array>): Promise<DroppedFile> {
      return { name, type: 'image/jpeg', base64: Buffer.from(await made).toString('base64') };
    }

    const bad: DroppedFile = { name: 'notes.jpg', type: 'image/jpeg', base64: btoa('these are only words') };

    test('two photos and a bad file are dropped, followed, viewed and downloaded', async () => {
      const api = await startRealService('portrait');
      const page = await open(api.url);
      await page.screenshot({ path: join(shots, 'empty-light.png') });
      await page.getByText('More files to make').click();
      for (const more of ['Cutout', 'Each person cut out']) await page.getByLabel(more).check();
      await page.screenshot({ path: join(shots, 'outputs-light.png') });
      await drop(page, [await photo('one.jpg', photoOfOne()), await photo('two.jpg', photoOfTwo()), bad]);
      await page.waitForSelector('#photos li:nth-child(3)');
      await page.locator('#photos li[data-outcome=done]').nth(1).waitFor();
      const failed = page.locator('#photos li[data-outcome=failed]');
      await failed.waitFor();
      expect(await failed.innerText()).toMatch(/notes\.jpg\n.*not a picture/);
      await page.waitForSelector('#result:not([hidden]) canvas');

      // Somewhere on a grid over the photo there is a part; pointing at it shows its name, person and score.
      const canvas = page.locator('#result .stage canvas');
      const tip = page.locator('#result .tip');
      await canvas.scrollIntoViewIfNeeded();
      let told = '';
      for (let place = 0; place < 64 && !/person \d/.test(told); place++) {
        const box = await canvas.boundingBox();
        if (box === null) throw new Error('The canvas is not visible.');
        const [across, down] = [((place % 8) + 0.5) / 8, (Math.floor(place / 8) + 0.5) / 8];
        await page.mouse.move(box.x + box.width * across, box.y + box.height * down);
        told = (await tip.isVisible()) ? await tip.innerText() : '';
      }
      expect(told).toMatch(/^[\w ]+ · person \d( · \d\.\d\d)?$/);
      await page.screenshot({ path: join(shots, 'result-light.png'), fullPage: true });

      const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: /zip/i }).first().click(),
      ]);
      expect(download.suggestedFilename()).toMatch(/\.zip$/);
      const zip = await readFile(await download.path());
      expect(zip.subarray(0, 2).toString()).toBe('PK');
      for (const name of ['masks.json', 'cutout.png', 'people/1.png']) expect(zip.includes(name), name).toBe(true);
    });

    test('in dark mode, and on a phone without horizontal scrolling', async () => {
      const api = await startRealService('portrait');
      const dark = await open(api.url, { colorScheme: 'dark' });
      await drop(dark, [await photo('one.jpg', photoOfOne()), bad]);
      await dark.waitForSelector('#result:not([hidden]) canvas');
      await dark.waitForSelector('#photos li[data-outcome=failed]');
      await dark.screenshot({ path: join(shots, 'result-dark.png'), fullPage: true });

      const phone = await open(api.url, { viewport: { width: 375, height: 750 }, hasTouch: true, isMobile: true });
      await phone.screenshot({ path: join(shots, 'empty-phone.png') });
      await phone.locator('#samples button').first().click();
      await phone.waitForSelector('#result:not([hidden]) canvas');
      await phone.screenshot({ path: join(shots, 'result-phone.png'), fullPage: true });
      const wide = await phone.evaluate<number>('document.documentElement.scrollWidth');
      const shown = await phone.evaluate<number>('document.documentElement.clientWidth');
      expect(wide).toBeLessThanOrEqual(shown);
    });

    test('the visitor chooses among models and reads what each parses', async () => {
      const api = await startApi({ MODELS: 'people' });
      const startWorker = (MODEL: string) => startWorkerProcess('scripted', { ...api.env, PORT: undefined, MODEL });
      await Promise.all(['portrait', 'people'].map(startWorker));
      await waitUntilReady(api);
      await until(async () => (await api.client.models.list()).every(({ kind }) => kind !== null));
      const page = await open(api.url);
      const about = page.locator('#model-about');
      await about.getByText('What the photo says. License: MIT.').waitFor();
      await page.selectOption('#model', 'people');
      await page.screenshot({ path: join(shots, 'models-light.png') });
      await drop(page, [bad]);
      await page.locator('#photos li[data-outcome=failed]').waitFor();
      await drop(page, [await photo('ok.jpg', Promise.resolve(scriptedPhoto('hang')))]);
      await until(async () => {
        const { data } = await api.client.api.GET('/v1/jobs');
        return data?.jobs.some(({ model, status }) => model === 'people' && status === 'processing') === true;
      });

      const phone = await open(api.url, { viewport: { width: 375, height: 750 }, hasTouch: true, isMobile: true });
      await phone.locator('#model-about').getByText('License: MIT.').waitFor();
      const long = 'CC BY-NC 4.0 (whoever trained it and published it, and a few words more)';
      await phone.evaluate(`document.querySelector('#model option').textContent = 'a-model (${long})'`);
      await phone.screenshot({ path: join(shots, 'models-phone.png') });
      const wide = await phone.evaluate<number>('document.documentElement.scrollWidth');
      expect(wide).toBeLessThanOrEqual(375);
    });

    test('the reference shows the routes, within its security policy', async () => {
      const api = await startApi();
      await waitUntilReady(api);
      const page = await open(`${api.url}/docs`);
      await page.waitForSelector('#operations-Jobs-createJob');
      await page.screenshot({ path: join(shots, 'reference.png') });
    });
  },
);
