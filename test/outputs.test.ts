/** Outputs cut from the photo, from the built-in model through the service. */
import { fileName } from '@m2fp/client';
import sharp from 'sharp';
import { afterEach, expect, test } from 'vitest';
import { photoOfTwo } from './support/portrait/samples.ts';
import { startRealService } from './support/real-service.ts';
import { endWorkers } from './support/worker/worker-process.ts';

afterEach(endWorkers);

test('a job has a file for each person, and POST /parse answers with what is chosen', async () => {
  const { client, url } = await startRealService('portrait');
  const photo = await photoOfTwo();
  const { id, files } = await client.parse(photo, { options: { outputs: ['people', 'instances', 'colormap'] } });
  expect(files.map(fileName).sort()).toEqual([...['colormap.png', 'instances.png', 'people/1.png', 'people/2.png']]);
  // The first color of the palette is black, for nobody; red is for 1, green for 2.
  const instances = await sharp(await (await client.jobs.files.read(id, 'instances')).bytes())
    .raw()
    .toBuffer();
  const pixelsOf = (channel: number): number =>
    instances.filter((level, index) => level > 0 && index % 3 === channel).length;
  const pixels = [0, pixelsOf(0), pixelsOf(1)];
  for (const person of [1, 2]) {
    const png = await (await client.jobs.files.read(id, { output: 'people', person })).bytes();
    const alpha = await sharp(png).extractChannel('alpha').raw().toBuffer();
    expect(alpha.filter((value) => value === 255)).toHaveLength(pixels[person] ?? 0);
  }

  const send = (query: string): Promise<Response> =>
    fetch(`${url}/parse${query}`, { method: 'POST', headers: { 'content-type': 'image/jpeg' }, body: photo });
  const cutout = await send('?output=cutout&parts=Hair&person=2');
  expect(cutout.headers.get('content-type')).toBe('image/png');
  const hair = await sharp(await cutout.bytes())
    .extractChannel('alpha')
    .raw()
    .toBuffer();
  const shown = hair.filter((value) => value === 255).length;
  expect(shown).toBeGreaterThan(0);
  expect(shown).toBeLessThan(pixels[2] ?? 0);
  const refused = await send('?output=cutout&parts=wings');
  expect(refused.status).toBe(422);
  expect(await refused.json()).toMatchObject({
    code: 'invalid_request',
    detail: expect.stringContaining('hair') as string,
  });
});
