/** `m2fp serve` as users run it, in its own process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createClient } from '@m2fp/client';
import { expect, test } from 'vitest';
import { launcher, startM2fp } from './support/cli/run-m2fp.ts';
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
  expect(stdout).toMatch(/^ +REDIS_URL=redis:\/\/127\.0\.0\.1:\d+ QUEUE_PREFIX=m2fp$/m);
  expect(stderr).toMatch(/Redis: .* · S3: /);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
});

test('as a child of npx, it ends when npx is killed', async () => {
  // As npx starts it: npx passes SIGTERM on to nobody.
  const npx = spawn(process.execPath, ['-e', startedByNpx, launcher], {
    env: { ...process.env, ...alone, npm_lifecycle_event: 'npx' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let output = '';
  npx.stdout.on('data', (data: Buffer) => (output += data.toString()));
  await until(() => output.includes('Ctrl-C stops everything'));
  npx.kill('SIGKILL');
  // Closed by the last process that has it.
  await once(npx.stdout, 'close');
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output)?.[0] ?? '';
  await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
});

const startedByNpx = `
  const { spawn } = require('node:child_process');
  spawn(process.execPath, [process.argv[1], 'serve', '--threads', '1'], { stdio: 'inherit' });
`;

test('without a Redis it says what to do, in place of starting the rest', async () => {
  const { code, stdout, stderr } = await startM2fp(['serve'], { ...alone, REDIS_FROM: 'path', PATH: '' }).ended;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toMatch(/^error: Redis could not be started from path\.\nDo one of these:\n(?: {2}.+\n){3}$/);
});
