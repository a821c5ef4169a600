import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openBundle } from '@m2fp/core/model';
import { createModelPullCommand } from './model-pull.ts';

const golden = new URL('../../../../test/golden/', import.meta.url).pathname;

/** What tensors do not show of the network of `golden/people`. */
const detectron2Yaml = `
MODEL:
  M2FP: { TEST: { PARSING_ON: True } }
  RESNETS: { STRIDE_IN_1X1: False, RES5_MULTI_GRID: [1, 1, 1] }
DATASETS:
  TEST: ("cihp_parsing_val",)
INPUT: { FORMAT: "RGB", MIN_SIZE_TEST: 600 }
`;

let server: Server;
let url: string;
let cacheDir: string;

beforeEach(async () => {
  server = createServer((request, response) => {
    readFile(join(golden, (request.url ?? '').split('?')[0] ?? '')).then(
      (content) => response.writeHead(200, { 'content-length': content.length, etag: '"1"' }).end(content),
      () => response.writeHead(404).end(),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  cacheDir = await mkdtemp(join(tmpdir(), 'm2fp-cli-'));
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await rm(cacheDir, { recursive: true });
});

/** Runs `pull` with these arguments; gives its output. */
async function run(...args: string[]): Promise<string> {
  return runWith(new AbortController().signal, ...args);
}

async function runWith(signal: AbortSignal, ...args: string[]): Promise<string> {
  return runOn(new PassThrough(), signal, ...args);
}

async function runOn(output: PassThrough, signal: AbortSignal, ...args: string[]): Promise<string> {
  const said = text(output);
  const command = createModelPullCommand({ cacheDir, output, signal })
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  try {
    await command.parseAsync(args, { from: 'user' });
  } finally {
    output.end();
  }
  return said;
}

describe('m2fp model pull', () => {
  it('puts a bundle where MODEL=people finds it', async () => {
    const said = await run('people', '--url', `${url}/people`);
    const { manifest } = await openBundle(join(cacheDir, 'models', 'people'));
    expect(manifest).toMatchObject({
      name: 'people',
      kind: 'm2fp',
      licence: 'CC BY-NC 4.0',
      source: `${url}/people`,
      synthetic: false,
    });
    expect(said).toMatch('Serve it with MODEL=people');
  });

  it('states the license before anything else, and what was checked', async () => {
    const said = await run('single', '--url', `${url}/single`, '--no-convert');
    expect(said.indexOf('CC BY-NC 4.0')).toBeGreaterThan(0);
    expect(said.indexOf('CC BY-NC 4.0')).toBeLessThan(said.indexOf('configuration.json'));
    expect(said).toMatch('NOT for commercial purposes');
    expect(said).toMatch(/pytorch_model\.pt: 3\.1 MB, sha256 [0-9a-f]{64}; it has the size that the server announced/);
  });

  it('prints lines and no bar if the output is not a terminal', async () => {
    const said = await run('people', '--url', `${url}/people`, '--no-convert');
    expect(said).toMatch(/^pytorch_model\.pt: 0 % of 3\.1 MB$/m);
    expect(said).toMatch(/^pytorch_model\.pt: 100 % of 3\.1 MB$/m);
    expect(said).not.toMatch(/\r|\u001b/);
  });

  it('draws a bar on a terminal', async () => {
    const terminal = Object.assign(new PassThrough(), { isTTY: true, columns: 120 });
    const said = await runOn(
      terminal,
      new AbortController().signal,
      'people',
      '--url',
      `${url}/people`,
      '--no-convert',
    );
    expect(said).toMatch(/configuration\.json █+ 1\.9 kB of 1\.9 kB/);
    expect(said).toMatch(/pytorch_model\.pt █+ 3\.1 MB of 3\.1 MB/);
    expect(said).not.toMatch('100 %');
  });

  it('only fetches, into a given folder, on request', async () => {
    const to = join(cacheDir, 'mine');
    const said = await run('people', '--url', `${url}/people/pytorch_model.pt`, '--to', to, '--no-convert');
    expect((await readdir(to)).sort()).toEqual(['configuration.json', 'pytorch_model.pt']);
    expect(await readdir(cacheDir)).toEqual(['mine']);
    expect(said).toMatch(`npx m2fp model convert ${to} --out BUNDLE_DIR`);
  });

  it('puts the bundle into a given folder', async () => {
    const out = join(cacheDir, 'bundle');
    await run('single', '--url', `${url}/single`, '--out', out);
    expect((await openBundle(out)).manifest).toMatchObject({ name: 'single', kind: 'm2fp-single' });
  });

  it('takes weights that are here already', async () => {
    const said = await run('people', '--from', join(golden, 'people'));
    const { manifest } = await openBundle(join(cacheDir, 'models', 'people'));
    expect(manifest).toMatchObject({ name: 'people', licence: 'CC BY-NC 4.0', source: 'file people' });
    expect(said).toMatch('Source: file people');
  });

  it('takes weights of detectron2 with their YAML, from any address', async () => {
    const config = join(cacheDir, 'm2fp.yaml');
    await writeFile(config, detectron2Yaml);
    await run('people', '--from', `${url}/people/pytorch_model.pt?id=1`, '--config', config, '--accept-license');
    const { manifest } = await openBundle(join(cacheDir, 'models', 'people'));
    expect(manifest).toMatchObject({ source: `${url}/people/pytorch_model.pt`, reference: { minSize: 600 } });
    await expect(run('people', '--config', config)).rejects.toThrow('name them by --from');
  });

  it('asks for a yes to the license in a terminal, before anything is fetched', async () => {
    for (const [typed, files] of [
      ['no\n', []],
      ['yes\n', ['checkpoints']],
    ] as const) {
      const input = Object.assign(new PassThrough(), { isTTY: true });
      const output = Object.assign(new PassThrough(), { isTTY: true, columns: 120 });
      input.end(typed);
      const command = createModelPullCommand({ cacheDir, input, output, signal: new AbortController().signal });
      const pulled = command.parseAsync(['people', '--url', `${url}/people`, '--no-convert'], { from: 'user' });
      if (typed === 'no\n') await expect(pulled).rejects.toThrow('Not accepted');
      else await pulled;
      expect(await readdir(cacheDir)).toEqual(files);
    }
  });

  it('fails if the files are missing, and if the hash differs', async () => {
    await expect(run('people', '--url', `${url}/nobody`)).rejects.toMatchObject({ code: 'model_unavailable' });
    const wrong = ['--url', `${url}/people`, '--sha256', 'a'.repeat(64)];
    await expect(run('people', ...wrong)).rejects.toThrow(`but ${'a'.repeat(64)} was given by you`);
    expect(await readdir(join(cacheDir, 'checkpoints', 'people'))).toEqual(['configuration.json']);
  });

  it.each([
    ['a model that is not published', ['portrait']],
    ['no model', []],
    ['an invalid hash', ['people', '--sha256', 'abc']],
    ['a URL of another protocol', ['people', '--url', 'ftp://host/people']],
    ['an unknown option', ['people', '--force']],
  ])('refuses %s', async (_name, args) => {
    await expect(run(...args)).rejects.toMatchObject({
      name: expect.stringMatching(/CommanderError|InvalidArgument/) as string,
    });
  });

  it('stops when aborted', async () => {
    const stop = new AbortController();
    stop.abort(new Error('stopped from outside'));
    await expect(runWith(stop.signal, 'people', '--url', `${url}/people`)).rejects.toThrow('stopped from outside');
  });
});
