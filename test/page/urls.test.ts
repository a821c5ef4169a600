/** Each result has an address, and the page knows again what this browser has had parsed. */
import sharp from 'sharp';
import { afterEach, expect, test } from 'vitest';
import { brokenPhoto, describePage, drop, fileOf, phone } from '../support/page/visit.ts';
import { photoOfTwo } from '../support/portrait/samples.ts';
import { startRealService } from '../support/real-service.ts';
import { endWorkers } from '../support/worker/worker-process.ts';

/** Nobody is in it. */
const wall = (): Promise<Uint8Array> =>
  sharp({ create: { width: 480, height: 320, channels: 3, background: '#789' } })
    .jpeg()
    .toBuffer();

describePage('the addresses of results', ({ open, shoot }) => {
  afterEach(endWorkers);

  test('reload, back, and another browser show a result, below a base path, too', async () => {
    const { url, client } = await startRealService('portrait', { BASE_PATH: '/m2fp' });
    const start = `${url}/m2fp/`;
    const page = await open(start);
    await page.getByText('from hair to lips').waitFor();
    await page.getByText('Heads only, no bodies').waitFor();
    await page.getByText('All 18 parts').click();
    await page.getByText('Left eyebrow', { exact: false }).first().waitFor();
    await page.getByText('All 18 parts').click();
    await shoot(page, 'first-sight');
    await drop(page, [fileOf('two.jpg', await photoOfTwo()), brokenPhoto]);
    const heading = page.getByRole('heading', { name: 'two.jpg' });
    await heading.waitFor();
    await page.locator('article canvas').first().waitFor();
    const address = page.url();
    expect(address).toMatch(/\/m2fp\/jobs\/job_[0-9a-f]{32}$/);
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy link' }).click();
    await page.getByRole('button', { name: 'Link copied' }).waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(address);
    await shoot(page, 'result');

    await page.reload();
    await page.locator('article canvas').first().waitFor();
    expect(page.url()).toBe(address);
    await page.goBack();
    await page.getByText('from hair to lips').waitFor();
    expect(page.url()).toBe(start);
    await page.goForward();
    await heading.waitFor();

    // The list of this browser comes back with what the API took as a job; what is no photo is not tried again.
    await page.goto(start);
    const list = page.getByRole('region', { name: 'Your photos' });
    await list.getByText('two.jpg').waitFor();
    expect(await list.getByText('notes.jpg').count()).toBe(0);
    expect((await client.jobs.list()).items).toHaveLength(1);

    const other = await open(address, { ...phone, colorScheme: 'dark' });
    await other.getByRole('heading', { name: 'two.jpg' }).waitFor();
    await other.locator('article canvas').first().waitFor();
    await shoot(other, 'result-phone-dark');

    await drop(page, [fileOf('wall.jpg', await wall())]);
    await page.getByText('Nobody was found in this photo.').waitFor();
    await page.getByText('This model looks for faces').waitFor();
    await shoot(page, 'nobody');

    await page.goto(`${start}jobs/job_${'0'.repeat(32)}`);
    await page.getByText('There is no such result here').waitFor();
    await page.getByRole('heading', { name: 'There is no such result' }).waitFor();
    expect(await page.getByRole('button', { name: 'Copy link' }).count()).toBe(0);
    expect(await list.getByText('Not found').count()).toBe(0);
    await shoot(page, 'unknown');
    await page.getByRole('link', { name: 'Human parsing' }).press('Enter');
    await page.getByText('from hair to lips').waitFor();
    expect(page.url()).toBe(start);
  });
});
