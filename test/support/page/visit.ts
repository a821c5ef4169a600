/** The page as a visitor uses it, in this machine's Chromium. The tests print the folder of their screenshots. */
import { mkdtemp, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished } from 'vitest';
import { launchBrowser } from './browser.ts';

const desktop = { viewport: { width: 1280, height: 900 } } as const;
export const phone = { viewport: { width: 375, height: 750 }, hasTouch: true, isMobile: true } as const;

export interface Visit {
  /** Opens a page. The test fails if the page's security policy blocks anything or something in the page throws. */
  readonly open: (url: string, options?: BrowserContextOptions) => Promise<Page>;
  /** Writes a screenshot of the whole page. The test fails if axe finds anything in this state. */
  readonly shoot: (page: Page, name: string) => Promise<void>;
}

/** Tests that share a browser. */
export function describePage(name: string, define: (visit: Visit) => void): void {
  describe(name, () => {
    let browser: Browser | undefined;
    let folder = '';
    beforeAll(async () => {
      browser = await launchBrowser();
      folder = await mkdtemp(join(tmpdir(), 'm2fp-page-'));
      process.stdout.write(`Screenshots: ${folder}\n`);
    });
    afterAll(() => browser?.close());
    const write = async (page: Page, shot: string): Promise<void> => {
      await page.screenshot({ path: join(folder, `${shot}.png`), fullPage: true });
    };
    define({
      shoot: async (page, shot) => {
        await write(page, shot);
        expect.soft(await complaints(page), shot).toEqual([]);
      },
      open: async (url, options = {}) => {
        if (browser === undefined) throw new Error('There is no browser.');
        const context = await browser.newContext({ ...desktop, locale: 'en-US', ...options });
        // The machine may be busy; the test has its own limit.
        context.setDefaultTimeout(60_000);
        const page = await context.newPage();
        watchFaults(page);
        onTestFinished(async ({ task }) => {
          if (task.result?.state === 'fail') await write(page, `failed-${task.id}`);
          await context.close();
        });
        await page.goto(url);
        return page;
      },
    });
  });
}

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds on the page as it is now: each rule, with the elements that break it. */
async function complaints(page: Page): Promise<string[]> {
  // The page's policy allows no script from elsewhere; the debugger's are not asked.
  await page.evaluate(axe);
  return page.evaluate<string[]>(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html.slice(0, 120)).join(' | ')))`);
}

/** Has the test fail for what the page must not do. Requests may fail: tests end servers and refuse keys. */
function watchFaults(page: Page): void {
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text());
  });
  onTestFinished(() => {
    expect(faults.filter((text) => !/status of [45]\d\d|net::ERR_/.test(text))).toEqual([]);
  });
}

export interface DroppedFile {
  readonly name: string;
  readonly type: string;
  readonly base64: string;
}

/** Drops files onto the page. */
export async function drop(page: Page, files: readonly DroppedFile[]): Promise<void> {
  const transfer = await page.evaluateHandle(`(() => {
    const data = new DataTransfer();
    for (const { name, type, base64 } of ${JSON.stringify(files)}) {
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      data.items.add(new File([bytes], name, { type }));
    }
    return data;
  })()`);
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer });
}

export function fileOf(name: string, bytes: Uint8Array, type = 'image/jpeg'): DroppedFile {
  return { name, type, base64: Buffer.from(bytes).toString('base64') };
}

/** Words by a file's name and type; no picture. */
export const brokenPhoto = fileOf('notes.jpg', new TextEncoder().encode('these are only words'));

export async function expectNoSidewaysScrolling(page: Page): Promise<void> {
  const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
  const shown = await page.evaluate<number>('document.documentElement.clientWidth');
  expect(wide).toBeLessThanOrEqual(shown);
}
