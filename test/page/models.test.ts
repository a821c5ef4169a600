/** More than one model on the page, and the reference of the API. */
import { afterEach, test } from 'vitest';
import { startApi, waitUntilReady } from '../support/api/api-process.ts';
import { scriptedPhoto } from '../support/api/scripted-photo.ts';
import { brokenPhoto, describePage, drop, expectNoSidewaysScrolling, fileOf, phone } from '../support/page/visit.ts';
import { until } from '../support/worker/until.ts';
import { endWorkers, startWorkerProcess } from '../support/worker/worker-process.ts';

describePage('a service of two models', ({ open, shoot }) => {
  afterEach(endWorkers);

  test('the visitor chooses one, reads what it parses, and photos go to it', async () => {
    const api = await startApi({ MODELS: 'people' });
    const startWorker = (MODEL: string) => startWorkerProcess('scripted', { ...api.env, PORT: undefined, MODEL });
    await Promise.all(['portrait', 'people'].map(startWorker));
    await waitUntilReady(api);
    await until(async () => (await api.client.models.list()).every(({ kind }) => kind !== null));
    const page = await open(api.url);
    await page.getByText('Model: portrait. License: MIT.').waitFor();
    await page.getByText('Options', { exact: true }).click();
    await page.selectOption('#model', 'people');
    await page.getByText('Model: people. License: MIT.').waitFor();
    await shoot(page, 'models');
    await drop(page, [brokenPhoto]);
    await page.locator('#photos li[data-outcome=failed]').waitFor();
    await drop(page, [fileOf('ok.jpg', scriptedPhoto('hang'))]);
    await until(async () => {
      const { data } = await api.client.api.GET('/v1/jobs');
      return data?.jobs.some(({ model, status }) => model === 'people' && status === 'processing') === true;
    });

    const small = await open(api.url, phone);
    await small.getByText('License: MIT.').waitFor();
    await small.getByText('Options', { exact: true }).click();
    const long = 'a-model-whose-name-somebody-made-much-longer-than-any-screen-is-wide';
    await small.evaluate(`document.querySelector('#model option').textContent = '${long}'`);
    await shoot(small, 'models-phone');
    await expectNoSidewaysScrolling(small);
  });
});

describePage('the reference', ({ open }) => {
  test('shows the routes, within its security policy, below a base path too', async () => {
    const api = await startApi({ BASE_PATH: '/m2fp' });
    await waitUntilReady(api);
    for (const path of ['/docs', '/m2fp/docs']) {
      const page = await open(`${api.url}${path}`);
      await page.waitForSelector('#operations-Jobs-createJob');
    }
  });
});
