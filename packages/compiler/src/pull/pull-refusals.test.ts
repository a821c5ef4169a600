import { readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answer, cutAfter } from '../../testing/pull/file-server.ts';
import {
  configuration,
  expectContent,
  startPullHarness,
  weights,
  weightsPath,
  type PullHarness,
} from '../../testing/pull/pull-harness.ts';

let harness: PullHarness;

beforeEach(async () => {
  harness = await startPullHarness();
});

afterEach(() => harness.stop());

describe('a pull that cannot succeed', () => {
  it.each([
    [404, 'does not exist (HTTP 404)'],
    [403, 'cannot be fetched without signing in (HTTP 403)'],
    [418, 'the server answers 418'],
  ])('status %d', async (status, message) => {
    harness.server.files.delete(weightsPath);
    harness.mishaps(...Array.from({ length: 4 }, () => answer(status)));
    await harness.expectRefusal(message);
    expect(harness.ranges()).toHaveLength(2);
  });

  it('after a temporary status it tries again', async () => {
    harness.mishaps(answer(503), answer(429));
    await harness.pull();
    await expectContent(harness.target, weights);
  });

  it('a body that is longer than announced', async () => {
    const listing = { Data: { Files: [{ Path: 'pytorch_model.pt', Size: 1000 }] } };
    const path = '/api/v1/models/a/b/repo?Revision=master&FilePath=pytorch_model.pt';
    harness.server.files.set('/api/v1/models/a/b/repo/files?Revision=master&Recursive=true', {
      content: Buffer.from(JSON.stringify(listing)),
    });
    harness.server.files.set(path.replace('pytorch_model.pt', 'configuration.json'), { content: configuration });
    harness.server.mishaps.set(path, [(_request, response) => void response.writeHead(200).end(weights)]);
    await expect(harness.pull({ url: `${harness.server.url}${path}` })).rejects.toThrow(
      'sends more than its 1000 bytes',
    );
    expect(await readdir(harness.dir)).toEqual(['configuration.json']);
  });

  it('a body that was compressed in transit', async () => {
    harness.server.files.set(weightsPath, { content: weights, headers: { 'content-encoding': 'gzip' } });
    await harness.expectRefusal('is sent compressed');
  });

  it('a full disk is noticed before anything is fetched', async () => {
    await harness.expectRefusal(/with 1\.0 MB free, but 3\.0 MB are still needed/, {
      freeBytes: async () => 1_000_000,
    });
    expect((await readdir(harness.dir)).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('what is already there needs no space', async () => {
    harness.mishaps(cutAfter(2_500_000), ...Array.from({ length: 3 }, () => answer(503)));
    await expect(harness.pull()).rejects.toThrow('503');
    await harness.pull({ freeBytes: async () => 2_000_000 });
    await expectContent(harness.target, weights);
  });

  it.runIf(process.platform === 'linux')('a disk that fills up midway', async () => {
    await symlink('/dev/full', `${harness.target}.part`);
    await harness.expectRefusal(/pytorch_model\.pt\.part cannot grow: no space left \(ENOSPC\)/);
  });

  it('a second pull into the same folder at the same time', async () => {
    const outcomes = await Promise.allSettled([harness.pull(), harness.pull()]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const message = `Another process (${process.pid}) is pulling into ${harness.dir}`;
    expect(outcomes.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { message: expect.stringContaining(message) as string },
    });
    await expectContent(harness.target, weights);
  });

  it('into a folder whose lock another process has created and not written yet', async () => {
    const lock = join(harness.dir, '.pull.lock');
    await writeFile(lock, '');
    const second = expect(harness.pull()).rejects.toThrow(`Another process (${process.pid}) is pulling`);
    await new Promise((proceed) => setTimeout(proceed, 50));
    await writeFile(lock, String(process.pid));
    await second;
  });

  // No process has the id 2^30: Linux gives none above 2^22.
  it.each([
    ['names a killed process', String(2 ** 30)],
    ['was left empty', ''],
  ])('a lock that %s is taken over', async (_name, text) => {
    await writeFile(join(harness.dir, '.pull.lock'), text);
    await harness.pull();
    await expectContent(harness.target, weights);
  });
});

describe('redirects', () => {
  it('are followed, with the range', async () => {
    const redirect = answer(302, { location: `${harness.server.url}/elsewhere` });
    harness.mishaps(redirect, redirect);
    harness.server.files.set('/elsewhere', { content: weights, etag: '"one"' });
    harness.server.mishaps.set('/elsewhere', [cutAfter(1_000_000)]);
    await harness.pull();
    await expectContent(harness.target, weights);
    expect(harness.server.requests.at(-1)).toEqual({
      path: '/elsewhere',
      range: expect.stringMatching(/^bytes=[1-9]\d*-$/) as string,
    });
  });

  it('may be relative', async () => {
    harness.mishaps(answer(307, { location: '../elsewhere' }));
    harness.server.files.set('/elsewhere', { content: weights });
    await harness.pull();
    await expectContent(harness.target, weights);
  });

  it('that go in circles end the pull', async () => {
    harness.mishaps(...Array.from({ length: 20 }, () => answer(302, { location: weightsPath })));
    await harness.expectRefusal('redirects more than 5 times');
  });

  it.each(['ftp://example.org/file', 'file:///etc/passwd', 'http://['])('to %s are not followed', async (location) => {
    harness.mishaps(answer(302, { location }), answer(302, { location }));
    await harness.expectRefusal(`redirects to ${location}, which is not followed`);
  });
});
