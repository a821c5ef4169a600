/** Between a photo and its result: what is shown, and that nothing is lost. */
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterEach, expect, inject, onTestFinished, test } from 'vitest';
import { runApi, startApi, waitUntilReady, type ApiProcess } from '../support/api/api-process.ts';
import { scriptedPhoto } from '../support/api/scripted-photo.ts';
import { startM2fp } from '../support/cli/run-m2fp.ts';
import { describePage, drop, fileOf, phone, type DroppedFile } from '../support/page/visit.ts';
import { endWorkers, startWorkerProcess } from '../support/worker/worker-process.ts';

const gate = (): string => join(tmpdir(), `m2fp-gate-${randomBytes(6).toString('hex')}`);
const scripted = (name: string, script: string): DroppedFile => fileOf(name, scriptedPhoto(script));

async function startScripted(changes: NodeJS.ProcessEnv = {}): Promise<ApiProcess> {
  const api = await startApi(changes);
  await waitUntilReady(api);
  await startWorkerProcess('scripted', { ...api.env, PORT: undefined, PARSER_PROCESSES: '1', CONCURRENCY: '1' });
  return api;
}

async function countJobs({ client }: ApiProcess): Promise<number> {
  return (await client.jobs.list()).items.length;
}

const said = (page: Page) => page.getByRole('status').first();

describePage('waiting for a result', ({ open, shoot }) => {
  afterEach(endWorkers);

  test('the API dies while a photo is parsed and another waits: the page says so, and goes on by itself', async () => {
    const api = await startScripted();
    const page = await open(api.url);
    const [first, second] = [gate(), gate()];
    await drop(page, [scripted('a.jpg', `heads ${first}`), scripted('b.jpg', `heads ${second}`)]);
    await page.getByText('1 of 2 heads').waitFor();
    await page
      .getByText(/^Parsing, \d+%$/)
      .first()
      .waitFor();
    await shoot(page, 'parsing');
    process.kill(api.pid, 'SIGKILL');
    const lost = page.getByText('Connection lost. Trying again …');
    await lost.waitFor();
    await shoot(page, 'connection-lost');
    await writeFile(first, '');
    await writeFile(second, '');
    const again = await runApi({ ...api.env, PORT: new URL(api.url).port }, () => undefined);
    onTestFinished(() => again.stop());
    await lost.waitFor({ state: 'hidden' });
    await said(page).getByText('a.jpg: 1 person').waitFor({ state: 'attached' });
  });

  test('a photo that is sent shows how far; a reload meanwhile loses nothing and makes no second job', async () => {
    const api = await startScripted();
    const page = await open(api.url);
    const network = await page.context().newCDPSession(page);
    const throttle = (uploadThroughput: number): Promise<unknown> =>
      network.send('Network.emulateNetworkConditions', {
        ...{ offline: false, latency: 0, downloadThroughput: -1, uploadThroughput },
      });
    await throttle(200_000);
    await drop(page, [scripted('large.jpg', `ok ${'x'.repeat(1_000_000)}`)]);
    await page
      .getByText(/^Sending, [1-9]\d?%$/)
      .first()
      .waitFor();
    await shoot(page, 'sending');
    await page.reload();
    await page.getByRole('heading', { name: 'large.jpg' }).waitFor();
    await throttle(-1);
    await page.waitForURL(/\/jobs\/job_/);
    await said(page).getByText('large.jpg: 1 person').waitFor({ state: 'attached' });
    expect(await countJobs(api)).toBe(1);

    // The photo has arrived, but the reload is quicker than the answer.
    let sent: () => void = () => undefined;
    const isSent = new Promise<void>((resolve) => (sent = resolve));
    await page.route('**/v1/jobs', async (route) => {
      await route.fetch();
      sent();
    });
    await drop(page, [scripted('once.jpg', 'ok')]);
    await isSent;
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.reload();
    await page.waitForURL(/\/jobs\/job_/);
    await page.getByRole('heading', { name: 'once.jpg' }).waitFor();
    expect(await countJobs(api)).toBe(2);

    // What is canceled while it is sent is not sent after the next reload.
    await throttle(200_000);
    await drop(page, [scripted('unwanted.jpg', `ok ${'x'.repeat(1_000_000)}`)]);
    await page.locator('article').getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('heading', { name: 'Canceled' }).waitFor();
    await throttle(-1);
    await page.goto(api.url);
    await drop(page, [scripted('wanted.jpg', 'ok')]);
    await said(page).getByText('wanted.jpg: 1 person').waitFor({ state: 'attached' });
    expect(await countJobs(api)).toBe(3);

    // A page that may keep nothing parses all the same.
    await page.addInitScript(`for (const name of ['sessionStorage', 'localStorage'])
      Object.defineProperty(window, name, { get() { throw new DOMException('Blocked.', 'SecurityError'); } });`);
    await page.goto(api.url);
    await drop(page, [scripted('last.jpg', 'ok')]);
    await said(page).getByText('last.jpg: 1 person').waitFor({ state: 'attached' });
    expect(await countJobs(api)).toBe(4);
  });

  test('a photo waits for an API key, and goes on once it is entered', async () => {
    const prefix = `page-${randomBytes(6).toString('hex')}`;
    const api = await startScripted({ QUEUE_PREFIX: prefix });
    const env = { REDIS_URL: inject('redisUrl'), QUEUE_PREFIX: prefix };
    const { stdout } = await startM2fp(['keys', 'create', '--name', 'page'], env).ended;
    const page = await open(api.url);
    await drop(page, [scripted('mine.jpg', 'ok')]);
    await page.getByText('This server requires an API key').waitFor();
    await shoot(page, 'needs-key');
    const field = page.locator('article').getByLabel('Key');
    await field.fill(`m2fp_${'0'.repeat(40)}`);
    await page.keyboard.press('Enter');
    await page.getByText('The server refused this API key').waitFor();
    await field.fill(stdout.trim());
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/jobs\/job_/);
    await said(page).getByText('mine.jpg: 1 person').waitFor({ state: 'attached' });

    const other = await open(page.url(), { ...phone, colorScheme: 'dark' });
    await other.getByText('This server requires an API key').waitFor();
    await shoot(other, 'needs-key-phone-dark');
    await other.locator('article').getByLabel('Key').fill(stdout.trim());
    await other.getByRole('button', { name: 'Use this key' }).click();
    await other.getByRole('heading', { name: 'mine.jpg' }).waitFor();
  });

  test('places in the queue are shown; a canceled and a failed photo can be tried again', async () => {
    const api = await startScripted();
    const page = await open(api.url);
    const blocker = gate();
    onTestFinished(() => writeFile(blocker, ''));
    await drop(page, [scripted('slow.jpg', `wait ${blocker}`)]);
    await page
      .getByText(/^Parsing, \d+%$/)
      .first()
      .waitFor();
    await drop(page, [scripted('next.jpg', 'late')]);
    await page.getByText('Number 1 in the queue').first().waitFor();
    await shoot(page, 'queued');
    const [button, again] = ['Cancel', 'Try again'].map((name) =>
      page.locator('article').getByRole('button', { name }),
    );
    await button?.click();
    await page.getByRole('heading', { name: 'Canceled' }).waitFor();
    await again?.click();
    await writeFile(blocker, '');
    await page.getByText('Parsing took too long and was stopped.').waitFor();
    const failed = page.url();
    await shoot(page, 'failed');
    await again?.press('Enter');
    await page.waitForURL((url) => url.href !== failed && url.pathname.startsWith('/jobs/'));
    await page.getByText('Parsing took too long and was stopped.').waitFor();
    expect(await countJobs(api)).toBe(4);
  });
});
