/** The demo as a user runs it: `npm run demo -- --once`, in its own process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@m2fp/client';
import type { CocoDataset } from '@m2fp/contract';
import sharp from 'sharp';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { photoOfOne, photoOfTwo } from './support/portrait/samples.ts';
import { until } from './support/worker/until.ts';

const main = fileURLToPath(new URL('../apps/demo/src/main.ts', import.meta.url));
const resultFiles = ['colormap.png', 'instances.png', 'masks.json', 'overlay.jpg', 'photo.jpg'];

/** The demo's temporary files go here; none may be left behind. */
let temporary = '';
let out = '';
/** Photos go here. */
let photos = '';

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'm2fp-demo-test-'));
  temporary = join(folder, 'temporary');
  out = join(folder, 'out');
  photos = join(folder, 'photos');
  await mkdir(temporary);
  await mkdir(photos);
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
});

function startDemo(...args: string[]) {
  // The demo's own services, even if this suite was given some: they are part of the test.
  const env = { ...process.env, TMPDIR: temporary, REDIS_URL: '', S3_ENDPOINT: '', NO_COLOR: '1', THREADS: '1' };
  const child = spawn(process.execPath, [main, '--out', out, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  return { child, exited, output: () => output };
}

/** No process started by the demo is left, and none of their files. */
async function expectNothingLeft(): Promise<void> {
  await vi.waitFor(
    async () => {
      // testcontainers keeps its own lock file.
      expect((await readdir(temporary)).filter((name) => name.startsWith('m2fp-'))).toEqual([]);
      expect(await processesWith(`TMPDIR=${temporary}`)).toEqual([]);
    },
    { timeout: 60_000, interval: 50 },
  );
}

/** Command lines of running processes whose environment contains `variable`; Linux only. */
async function processesWith(variable: string): Promise<string[]> {
  if (process.platform !== 'linux') return [];
  const pids = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const environment = await readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
      if (!environment.split('\0').includes(variable)) return [];
      return [await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')];
    }),
  );
  return found.flat();
}

async function putPhoto(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(photos, name);
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, bytes);
  return path;
}

/** More photos than are parsed before a signal reaches the demo. */
async function putManyPhotos(): Promise<void> {
  const bytes = await photoOfOne();
  await Promise.all(Array.from({ length: 60 }, (_, index) => putPhoto(`photo${index}.jpg`, bytes)));
}

test('photos become results, a table and a page; then everything has ended', async () => {
  const photo = await putPhoto('someone.jpg', await photoOfOne());
  const namesake = await putPhoto('more/someone.jpg', await photoOfTwo());
  const demo = startDemo('--once', photo, namesake);
  expect(await demo.exited, demo.output()).toBe(0);

  expect((await readdir(out)).sort()).toEqual([
    ...['.m2fp-results', 'annotations.json', 'index.html'],
    ...['someone', 'someone-2', 'someone-2.jpg', 'someone.jpg'],
  ]);
  const { images, annotations } = JSON.parse(await readFile(join(out, 'annotations.json'), 'utf8')) as CocoDataset;
  expect(images.map(({ file_name }) => file_name)).toEqual(['someone.jpg', 'someone-2.jpg']);
  for (const { file_name, id, width, height } of images) {
    const { width: photoWidth, height: photoHeight } = await sharp(join(out, file_name)).metadata();
    expect({ width: photoWidth, height: photoHeight }).toEqual({ width, height });
    expect(annotations.some(({ image_id }) => image_id === id)).toBe(true);
  }
  expect(await readFile(join(out, 'someone-2.jpg'))).toEqual(await readFile(namesake));
  for (const [index, folder] of ['someone', 'someone-2'].entries()) {
    expect((await readdir(join(out, folder))).sort()).toEqual(resultFiles);
    const masks = JSON.parse(await readFile(join(out, folder, 'masks.json'), 'utf8')) as {
      annotations: { person_id: number }[];
    };
    expect(new Set(masks.annotations.map(({ person_id }) => person_id)).size).toBe(index + 1);
  }
  // The page's address and what other commands need come before the photos.
  const before = demo.output().split('[1/2]')[0];
  expect(before).toMatch(/The page is at http:\/\/127\.0\.0\.1:\d+: 2 photos are parsed next\.$/m);
  expect(before).toMatch(/REDIS_URL=redis:\/\/127\.0\.0\.1:\d+ QUEUE_PREFIX=m2fp$/m);
  expect(demo.output()).toMatch(/someone\.jpg +│ +1 │ skin/);
  expect(demo.output()).toMatch(/someone-2\.jpg +│ +2 │ skin/);
  const page = await readFile(join(out, 'index.html'), 'utf8');
  expect(page).toContain('src="someone-2/colormap.png"');
  expect(page).toContain('hair');
  await expectNothingLeft();
});

test('a photo that cannot be parsed fails alone, with exit code 1', async () => {
  const bad = await putPhoto('bad <i>.jpg', new TextEncoder().encode('not a photo'));
  const demo = startDemo('--once', bad, await putPhoto('good.jpg', await photoOfOne()));
  expect(await demo.exited, demo.output()).toBe(1);
  expect(demo.output()).toMatch(/bad <i>\.jpg.*(unsupported_format|image_unreadable)/);
  expect((await readdir(join(out, 'good'))).sort()).toEqual(resultFiles);
  const page = await readFile(join(out, 'index.html'), 'utf8');
  expect(page).toContain('bad &lt;i&gt;.jpg');
  await expectNothingLeft();
});

test('without --once the service stays up, accepts photos, and ends on Ctrl-C', async () => {
  const bytes = await photoOfOne();
  const demo = startDemo(await putPhoto('first.jpg', bytes));
  await until(() => demo.output().includes('Ctrl-C stops everything'));
  const url = /curl -F image=@photo\.jpg (\S+)/.exec(demo.output())?.[1] ?? '';
  const { status } = await createClient({ baseUrl: new URL(url).origin }).jobs.create(bytes);
  expect(status).toBe('queued');
  demo.child.kill('SIGINT');
  expect(await demo.exited, demo.output()).toBe(0);
  await expectNothingLeft();
});

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s while photos are parsed leaves no process and no file behind', async (signal, exitCode) => {
  await putManyPhotos();
  const demo = startDemo('--once', photos);
  await until(() => demo.output().includes('[1/'));
  demo.child.kill(signal);
  expect(await demo.exited, demo.output()).toBe(exitCode);
  const files = (await readdir(out, { recursive: true })).filter((file) => file.includes('.part'));
  expect(files).toEqual([]);
  await expectNothingLeft();
});

test('killed without warning, it takes its processes with it', async () => {
  await putManyPhotos();
  const demo = startDemo('--once', photos);
  await until(() => demo.output().includes('[1/'));
  demo.child.kill('SIGKILL');
  await demo.exited;
  await expectNothingLeft();
});

test('mistakes on the command line are reported before anything starts', async () => {
  const missing = startDemo('--once', '/no/such/photo.jpg');
  expect(await missing.exited).toBe(1);
  expect(missing.output()).toContain('/no/such/photo.jpg is neither a photo nor a folder.');
  const port = startDemo('--port', '99999');
  expect(await port.exited).toBe(1);
  expect(port.output()).toContain('1 to 65535');
  const model = startDemo('--once', '--model', '/no/such/bundle');
  expect(await model.exited, model.output()).toBe(1);
  expect(model.output()).toContain('/no/such/bundle');
  const license = startDemo('--once', '--model', 'people', '--from', 'http://127.0.0.1:9/nothing');
  expect(await license.exited, license.output()).toBe(1);
  expect(license.output()).toMatch(/NOT for commercial purposes[^]*add --accept-license/);
  await expectNothingLeft();
});
