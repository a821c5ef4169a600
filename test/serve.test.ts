/** `m2fp serve` as users run it, in its own process. */
import { createClient } from '@m2fp/client';
import { expect, test } from 'vitest';
import { startM2fp } from './support/cli/run-m2fp.ts';
import { photoOfOne } from './support/portrait/samples.ts';
import { until } from './support/worker/until.ts';

/** Its own services, even if this suite was given some: they are part of the test. */
const alone = { REDIS_URL: '', S3_ENDPOINT: '' };

test('the service answers on loopback, parses a photo, and ends on Ctrl-C with 0', async () => {
  const serve = startM2fp(['serve', '--threads', '1'], alone);
  await until(() => serve.output().includes('Ctrl-C stops everything'));
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(serve.output())?.[0] ?? '';
  const { job } = await createClient({ baseUrl: url }).parse(await photoOfOne());
  expect(job.result).toMatchObject({ people: 1, model: { name: 'portrait' } });

  serve.kill('SIGINT');
  const { code, stdout, stderr } = await serve.ended;
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect(stdout).toContain(url);
  expect(stderr).toMatch(/Redis: .* · S3: /);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
});

test('without a Redis it says what to do, in place of starting the rest', async () => {
  const { code, stdout, stderr } = await startM2fp(['serve'], { ...alone, REDIS_FROM: 'path', PATH: '' }).ended;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^error: Redis could not be started from path\.\nDo one of these:\n(?: {2}.+\n){3}$/);
});
