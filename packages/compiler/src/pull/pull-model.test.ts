import { createHash } from 'node:crypto';
import { readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DownloadedFile } from './download-file.ts';
import { startFileServer } from '../../testing/pull/file-server.ts';
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

afterEach(async () => {
  vi.unstubAllEnvs();
  await harness.stop();
});

describe('a pull that goes well', () => {
  it('gets both files and leaves nothing else', async () => {
    const files = await harness.pull();
    await expectContent(harness.target, weights);
    expect(await readFile(join(harness.dir, 'configuration.json'))).toEqual(configuration);
    expect((await readdir(harness.dir)).sort()).toEqual(['configuration.json', 'pytorch_model.pt']);
    expect(files.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 }))).toEqual([
      { path: join(harness.dir, 'configuration.json'), bytes: configuration.length, sha256: sha256(configuration) },
      { path: harness.target, bytes: weights.length, sha256: sha256(weights) },
    ]);
  });

  it('reports progress up to the end', async () => {
    const seen: [string, number, number | undefined][] = [];
    await harness.pull({ onProgress: (file, done, total) => seen.push([file, done, total]) });
    const ofWeights = seen.filter(([file]) => file === 'pytorch_model.pt');
    expect(ofWeights[0]).toEqual(['pytorch_model.pt', 0, weights.length]);
    expect(ofWeights.at(-1)).toEqual(['pytorch_model.pt', weights.length, weights.length]);
    expect(ofWeights.map(([, done]) => done)).toEqual(ofWeights.map(([, done]) => done).sort((a, b) => a - b));
  });

  it('takes a file of unknown length', async () => {
    harness.mishaps((_request, response) => void response.writeHead(200).end(weights));
    await harness.pull();
    await expectContent(harness.target, weights);
  });

  it('fetches again what may not be the right file', async () => {
    await writeFile(harness.target, 'something else');
    await harness.pull();
    await expectContent(harness.target, weights);
  });

  it('goes through the proxy that the environment names', async () => {
    const proxied: string[] = [];
    const proxy = await startFileServer();
    for (const [path, file] of harness.server.files) proxy.files.set(`http://models.invalid${path}`, file);
    vi.stubEnv('http_proxy', proxy.url);
    await harness.pull({ url: 'http://models.invalid/m2fp' });
    proxied.push(...proxy.requests.map(({ path }) => path));
    await proxy.stop();
    expect(proxied).toContain(`http://models.invalid${weightsPath}`);
    await expectContent(harness.target, weights);
  });
});

describe('what a file is checked against', () => {
  it('says so if there was nothing but the size', async () => {
    const [, file] = await harness.pull();
    expect(file).toMatchObject({ hashChecked: false });
    expect(file?.check).toMatch('there was no sha256 to compare with');
  });

  it('a sha256 given by the user', async () => {
    const [, file] = await harness.pull({ sha256: sha256(weights).toUpperCase() });
    expect(file).toMatchObject({ hashChecked: true, check: 'its sha256 is the one given by you' });
  });

  it.each([
    ['x-amz-meta-sha256', sha256(weights)],
    ['repr-digest', `sha-256=:${createHash('sha256').update(weights).digest('base64')}:`],
    ['x-linked-etag', `"${sha256(weights)}"`],
  ])('a sha256 that the server states as %s', async (header, value) => {
    harness.server.files.set(weightsPath, { content: weights, headers: { [header]: value } });
    expect((await harness.pull())[1]).toMatchObject({ hashChecked: true });
    harness.server.files.set(weightsPath, { content: otherWeights, headers: { [header]: value } });
    await rm(harness.target);
    await harness.expectRefusal(new RegExp(`${sha256(weights)} was stated by the server \\(${header}\\)`));
  });

  it('a wrong hash leaves no file', async () => {
    await harness.expectRefusal(/is not the expected file: its sha256 is .* but 0{64} was given by you/, {
      sha256: '0'.repeat(64),
    });
    expect(await readdir(harness.dir)).toEqual(['configuration.json']);
  });

  it('a wrong hash leaves an older file untouched', async () => {
    await writeFile(harness.target, 'older');
    await expect(harness.pull({ sha256: '0'.repeat(64) })).rejects.toThrow('was given by you');
    expect(await readFile(harness.target, 'utf8')).toBe('older');
  });

  it('a file that is already there and has the right hash is not fetched again', async () => {
    await writeFile(harness.target, weights);
    const [, file] = await harness.pull({ sha256: sha256(weights) });
    expect(file).toMatchObject({ hashChecked: true, resumedBytes: weights.length });
    expect(harness.ranges()).toEqual([]);
  });
});

describe('a server like ModelScope', () => {
  const listingPath = '/api/v1/models/iic/m2fp/repo/files?Revision=v1.0.1&Recursive=true';
  const pathOf = (file: string): string => `/api/v1/models/iic/m2fp/repo?Revision=v1.0.1&FilePath=${file}`;
  const list = (...files: object[]): void => {
    const body = JSON.stringify({ Code: 200, Data: { Files: files }, Success: true });
    harness.server.files.set(listingPath, { content: Buffer.from(body) });
  };
  const pullThere = (): Promise<DownloadedFile[]> =>
    harness.pull({ url: `${harness.server.url}${pathOf('pytorch_model.pt')}` });

  beforeEach(() => {
    harness.server.files.set(pathOf('pytorch_model.pt'), { content: weights });
    harness.server.files.set(pathOf('configuration.json'), { content: configuration });
  });

  it('is asked for sizes and hashes first', async () => {
    list(
      { Path: 'examples', Type: 'tree', Size: 0, Sha256: '' },
      { Path: 'pytorch_model.pt', Size: weights.length, Sha256: sha256(weights) },
      { Path: 'configuration.json', Size: configuration.length, Sha256: sha256(configuration) },
    );
    const files = await pullThere();
    expect(harness.server.requests[0]?.path).toBe(listingPath);
    expect(files.map(({ check }) => check)).toEqual(
      [1, 2].map(() => `its size and sha256 are those published by ${new URL(harness.server.url).host}`),
    );
  });

  it('refuses a file of another length before it is fetched', async () => {
    list({ Path: 'pytorch_model.pt', Size: weights.length + 1, Sha256: sha256(weights) });
    await expect(pullThere()).rejects.toThrow(`has 3000000 bytes, but 3000001 were published by`);
    expect(await readdir(harness.dir)).toEqual(['configuration.json']);
  });

  it('refuses a file with another hash', async () => {
    list({ Path: 'pytorch_model.pt', Size: weights.length, Sha256: sha256(otherWeights) });
    await expect(pullThere()).rejects.toThrow(`but ${sha256(otherWeights)} was published by`);
  });

  it.each([
    ['is missing', 'the server answers 404', undefined],
    ['is not JSON', 'its form is not known', '<html>'],
    ['has another form', 'its form is not known', '{"files": []}'],
  ])('is used without a listing if that %s, and says so', async (_name, reason, body) => {
    if (body !== undefined) harness.server.files.set(listingPath, { content: Buffer.from(body) });
    const [, file] = await pullThere();
    expect(file).toMatchObject({ hashChecked: false });
    expect(harness.notes[0]).toMatch(/No published sizes and hashes to check against/);
    expect(harness.notes[0]).toMatch(reason);
  });
});
