import { expect, test, afterEach } from 'vitest';
import { photoOfTwo } from '../support/portrait/samples.ts';
import { startRealService } from '../support/real-service.ts';
import { brokenPhoto, describePage, drop, fileOf, phone } from '../support/page/visit.ts';
import { endWorkers } from '../support/worker/worker-process.ts';

describePage('the addresses of results', ({ open, shoot }) => {
  afterEach(endWorkers);

  test('a result has an address: reload, back, and another browser show it', async () => {
    const api = await startRealService('portrait');
    const page = await open(api.url);
    await page.getByText('from hair to lips').waitFor();
    await shoot(page, 'first-sight');
    await drop(page, [fileOf('two.jpg', await photoOfTwo()), brokenPhoto]);
    await page.getByRole('heading', { name: 'two.jpg' }).waitFor();
    await page.locator('article canvas').first().waitFor();
    expect(page.url()).toMatch(/\/jobs\/job_[0-9a-f]{32}$/);
    await shoot(page, 'result');
    await page.reload();
    await page.locator('article canvas').first().waitFor();
    await page.goBack();
    await page.getByText('from hair to lips').waitFor();
    await page.goForward();
    const address = page.url();
    const other = await open(address, phone);
    await other.getByRole('heading', { name: 'two.jpg' }).waitFor();
    await other.locator('article canvas').first().waitFor();
    await shoot(other, 'result-phone');
  });
});
