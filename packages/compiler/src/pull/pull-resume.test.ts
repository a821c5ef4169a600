import { readFile, readdir, stat } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answer, cutAfter, type Mishap } from '../../testing/pull/file-server.ts';
import {
  configuration,
  expectContent,
  otherWeights,
  sha256,
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

describe('a transfer that is interrupted', () => {
  it('resumes on its own', async () => {
    harness.mishaps(cutAfter(1_000_000), cutAfter(1_000_000));
    await harness.pull();
    await expectContent(harness.target, weights);
    const starts = harness.ranges().map((range) => Number(range?.slice('bytes='.length, -1) ?? 0));
    expect(starts).toHaveLength(3);
    expect(starts[1]).toBeGreaterThan(0);
    expect(starts[2]).toBeGreaterThan(starts[1] ?? NaN);
  });

  it('is resumed by the next run', async () => {
    harness.mishaps(cutAfter(1_500_000), ...Array.from({ length: 9 }, () => cutAfter(0)));
    await expect(harness.pull()).rejects.toThrow(/MB are kept in .*\.part: the same command resumes from there/);
    expect((await readdir(harness.dir)).sort()).toEqual([
      'configuration.json',
      'pytorch_model.pt.part',
      'pytorch_model.pt.part.json',
    ]);
    const { size } = await stat(`${harness.target}.part`);
    expect(size).toBeGreaterThan(0);
    harness.server.mishaps.clear();
    harness.server.requests.length = 0;
    const [, file] = await harness.pull();
    expect(file).toMatchObject({ resumedBytes: size, sha256: sha256(weights) });
    expect(harness.ranges()).toEqual([`bytes=${size}-`]);
    expect((await readdir(harness.dir)).sort()).toEqual(['configuration.json', 'pytorch_model.pt']);
  });

  it('continues as long as each try brings bytes, however many it takes', async () => {
    harness.mishaps(...Array.from({ length: 14 }, () => cutAfter(200_000)));
    await harness.pull();
    await expectContent(harness.target, weights);
    expect(harness.ranges()).toHaveLength(15);
  });

  it('starts over if the server does not support ranges', async () => {
    harness.server.ranges = false;
    harness.mishaps(cutAfter(1_500_000));
    await harness.pull();
    await expectContent(harness.target, weights);
    expect(harness.notes.join()).toMatch('sends the whole file again');
  });

  it('starts over if the file has changed in between', async () => {
    harness.mishaps(cutAfter(1_500_000), ...Array.from({ length: 3 }, () => answer(503)));
    await expect(harness.pull()).rejects.toThrow('the server answers 503');
    harness.server.files.set(weightsPath, { content: otherWeights, etag: '"changed"' });
    await harness.pull();
    await expectContent(harness.target, otherWeights);
  });

  it('starts over if the server continues with another file', async () => {
    harness.mishaps(cutAfter(1_500_000), (request, response) => {
      const start = Number(request.headers.range?.slice('bytes='.length, -1));
      const range = { etag: '"changed"', 'content-range': `bytes ${start}-2999999/3000000` };
      response.writeHead(206, { ...range, 'content-length': 3_000_000 - start }).end(otherWeights.subarray(start));
    });
    await harness.pull();
    await expectContent(harness.target, weights);
  });

  it('starts over if the server continues at another offset', async () => {
    harness.mishaps(cutAfter(1_500_000), (_request, response) => {
      const range = { etag: '"one"', 'content-range': 'bytes 1000000-2999999/3000000' };
      response.writeHead(206, { ...range, 'content-length': 2_000_000 }).end(weights.subarray(1_000_000));
    });
    await harness.pull();
    await expectContent(harness.target, weights);
  });

  it('starts over if nothing shows whether the file has changed', async () => {
    harness.server.files.set(weightsPath, { content: weights });
    harness.mishaps(cutAfter(1_500_000));
    await harness.pull();
    expect(harness.ranges()).toEqual([undefined, undefined]);
    await expectContent(harness.target, weights);
  });

  it('resumes without a validator if the hash is known', async () => {
    harness.server.files.set(weightsPath, { content: weights });
    harness.mishaps(cutAfter(1_500_000));
    await harness.pull({ sha256: sha256(weights) });
    expect(harness.ranges()).toEqual([undefined, expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
  });

  it('fetches once more from the start if two halves do not make the right whole', async () => {
    harness.server.files.set(weightsPath, { content: otherWeights });
    harness.mishaps(cutAfter(1_500_000), ...Array.from({ length: 3 }, () => answer(503)));
    await expect(harness.pull({ sha256: sha256(weights) })).rejects.toThrow('503');
    harness.server.files.set(weightsPath, { content: weights });
    await harness.pull({ sha256: sha256(weights) });
    await expectContent(harness.target, weights);
    expect(harness.notes.join()).toMatch('After resuming');
  });

  it('starts over if the part is from another URL', async () => {
    harness.mishaps(cutAfter(1_500_000), ...Array.from({ length: 3 }, () => answer(503)));
    await expect(harness.pull()).rejects.toThrow('503');
    harness.server.files.set('/other/pytorch_model.pt', { content: otherWeights, etag: '"one"' });
    harness.server.files.set('/other/configuration.json', { content: configuration });
    await harness.pull({ url: `${harness.server.url}/other` });
    await expectContent(harness.target, otherWeights);
  });

  it('drops a part that is longer than the file', async () => {
    harness.mishaps(cutAfter(1_500_000), ...Array.from({ length: 3 }, () => answer(503)));
    await expect(harness.pull()).rejects.toThrow('503');
    harness.server.files.set(weightsPath, { content: weights.subarray(0, 1_000_000), etag: '"one"' });
    await harness.pull();
    await expectContent(harness.target, weights.subarray(0, 1_000_000));
  });

  it('fails if the server falls silent', async () => {
    const silent: Mishap = (_request, response) => {
      response.writeHead(200, { 'content-length': weights.length, etag: '"one"' });
      response.write(weights.subarray(0, 1000));
    };
    harness.mishaps(silent, silent);
    await expect(
      harness.pull({ http: { idleTimeoutMs: 100 }, retry: { maxFruitless: 0, delayMs: 1 } }),
    ).rejects.toThrow(/timeout/i);
  });

  it('fails if there is no server', async () => {
    const { url } = harness.server;
    await harness.expectRefusal(/does not answer: .*ECONNREFUSED/, { url: `${url.slice(0, url.lastIndexOf(':'))}:1` });
  });

  it('stops when aborted, and keeps what it has', async () => {
    harness.mishaps((_request, response) => {
      response.writeHead(200, { 'content-length': weights.length, etag: '"one"' });
      response.write(weights.subarray(0, 1_000_000));
    });
    const stop = new AbortController();
    const onProgress = (_file: string, done: number): void => {
      if (done === 1_000_000) stop.abort();
    };
    await expect(harness.pull({ signal: stop.signal, onProgress })).rejects.toThrow('aborted');
    expect((await readFile(`${harness.target}.part`)).length).toBe(1_000_000);
  });
});
