import type { Page } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { startApi, waitUntilReady } from '../support/api/api-process.ts';
import { scriptedPhoto } from '../support/api/scripted-photo.ts';
import { photoOfOne } from '../support/portrait/samples.ts';
import { startRealService } from '../support/real-service.ts';
import { brokenPhoto, describePage, drop, expectNoSidewaysScrolling, fileOf, phone } from '../support/page/visit.ts';
import { endWorkers, startWorkerProcess } from '../support/worker/worker-process.ts';

describePage('on every device', ({ open, shoot }) => {
  afterEach(endWorkers);

  test.each([
    ['a desktop in the light', {}],
    ['a phone in the dark', { ...phone, colorScheme: 'dark', reducedMotion: 'reduce' }],
  ] as const)('axe finds nothing in any state, on %s', async (name, options) => {
    const api = await startRealService('portrait');
    const page = await open(api.url, options);
    const look = async (state: string): Promise<void> => {
      await expectNoSidewaysScrolling(page);
      await shoot(page, `${name} ${state}`.replaceAll(' ', '-'));
    };
    await page.getByText('from hair to lips').waitFor();
    await look('first sight');
    await page.getByText('Options', { exact: true }).click();
    await page.getByLabel('Lowest score').fill('7');
    await look('options');
    await page.getByText('Options', { exact: true }).click();
    await page.getByRole('button', { name: 'API key' }).click();
    await page.getByLabel('Key', { exact: true }).waitFor();
    await look('key');
    await page.keyboard.press('Escape');
    await drop(page, [brokenPhoto, fileOf('one.jpg', await photoOfOne())]);
    await page.locator('#photos li').nth(1).waitFor();
    await look('under way');
    await page.locator('#photos li[data-outcome=failed]').waitFor();
    await page.getByRole('heading', { name: 'Failed' }).waitFor();
    await look('failed');
    await page.locator('#photos li[data-outcome=done] .card').click();
    await page.locator('article canvas').first().waitFor();
    await look('result');
  });

  test('a phone has a camera and nothing to drop on; the tab tells how far it is; it can be installed', async () => {
    const api = await startApi({ MODEL: 'portrait' });
    await startWorkerProcess('scripted', { ...api.env, PORT: undefined, MODEL: 'portrait' });
    await waitUntilReady(api);
    const page = await open(api.url, phone);
    await page.getByText('Take a photo').waitFor();
    expect(await page.getByText('Choose photos', { exact: true }).isVisible()).toBe(true);
    expect(await page.getByText(/Drop photos/).isVisible()).toBe(false);
    expect(await page.locator('input[capture=environment]').count()).toBe(1);
    const small = await page.evaluate<string[]>(`[...document.querySelectorAll('button, select, summary, a, label')]
      .filter((node) => node.getBoundingClientRect().height > 0 && node.getBoundingClientRect().height < 44)
      .map((node) => node.outerHTML.slice(0, 100))`);
    expect(small).toEqual([]);

    await drop(page, [fileOf('slow.jpg', scriptedPhoto('hang'))]);
    await expect.poll(() => page.title()).toMatch(/^\d+% · slow\.jpg · Human parsing$/);
    await expect.poll(() => page.locator('link[rel=icon]').getAttribute('href')).toMatch(/^blob:/);
    await page.getByRole('button', { name: 'Cancel slow.jpg' }).click();
    await expect.poll(() => page.title()).toBe('slow.jpg · Human parsing');
    await expect.poll(() => page.locator('link[rel=icon]').getAttribute('href')).toMatch(/icon\.svg$/);

    const session = await page.context().newCDPSession(page);
    const { errors, data } = await session.send('Page.getAppManifest');
    expect(errors).toEqual([]);
    const { icons } = JSON.parse(data ?? '') as { icons: { src: string }[] };
    for (const { src } of icons) expect((await fetch(`${api.url}/page/${src}`)).status, src).toBe(200);
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    expect(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito')).toEqual([]);
  });

  test('photos that another app shares are sent once the visitor says so', async () => {
    const api = await startRealService('portrait');
    const page = await open(api.url);
    // What the page does once it has been installed.
    await page.evaluate(`navigator.serviceWorker.register('/page/share-worker.js')
      .then((registration) => new Promise((resolve) => {
        const worker = registration.installing ?? registration.active;
        if (worker.state === 'activated') resolve();
        worker.addEventListener('statechange', () => worker.state === 'activated' && resolve());
      }))`);
    const photo = fileOf('shared.jpg', await photoOfOne());
    await share(page, api.url, photo);
    await page.getByText('Parse the shared photo?').waitFor();
    expect((await api.client.jobs.list()).items).toEqual([]);
    expect(page.url()).toBe(`${api.url}/`);
    await shoot(page, 'shared');
    await page.getByRole('button', { name: 'Parse', exact: true }).click();
    await page.locator('#photos li[data-outcome=done]').waitFor();
    expect(await page.getByRole('heading', { name: 'shared.jpg' }).isVisible()).toBe(true);
  });
});

/** As the system's share menu does: a form that is posted to the address of the manifest. */
async function share(page: Page, url: string, file: { name: string; type: string; base64: string }): Promise<void> {
  // A page of the same site without a policy against forms.
  await page.goto(`${url}/healthz`);
  await page.evaluate(`(() => {
    const { name, type, base64 } = ${JSON.stringify(file)};
    const data = new DataTransfer();
    data.items.add(new File([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], name, { type }));
    const form = document.createElement('form');
    Object.assign(form, { method: 'POST', enctype: 'multipart/form-data', action: '/page/share' });
    const input = document.createElement('input');
    Object.assign(input, { type: 'file', name: 'photos', files: data.files });
    form.append(input);
    document.body.append(form);
    form.submit();
  })()`);
}
