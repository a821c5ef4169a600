/** `@m2fp/core` as programs of others use it: the built-in model, in their process and beside it. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { resolveBundle } from '@m2fp/compiler/bundles';
import { outputNames, parseOptionsSchema } from '@m2fp/contract';
import { loadParser, maskBitmap, type PhotoParser } from '@m2fp/core';
import { loadModel, type OutputFile, parsePhoto } from '@m2fp/core/parsing';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAlive } from '../packages/core/testing/process/is-alive.ts';
import { photoOfOne, photoOfTwo } from './support/portrait/samples.ts';
import { systemEnvironment } from './support/system-environment.ts';

const root = resolve(import.meta.dirname, '..');
const run = promisify(execFile);
const options = { outputs: [...outputNames], parts: ['hair', 'skin', 'nose'], person: [2] };

let folder: string;
let bundle: string;
let photo: Uint8Array;
let path: string;
let served: readonly OutputFile[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'm2fp-library-'));
  bundle = await resolveBundle('portrait', { cacheDir: folder });
  photo = await photoOfTwo();
  path = join(folder, 'two heads.jpg');
  await writeFile(path, photo);
  // What a worker's parser process does with a photo called so.
  const model = await loadModel(bundle, { threads: 1 });
  served = (await parsePhoto({ bytes: photo, name: 'two heads.jpg' }, model, parseOptionsSchema.parse(options))).files;
  await model.close();
});
afterAll(() => rm(folder, { recursive: true }));

/** The parser processes of this one; the system reports them on Linux. */
async function childrenOfThis(): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = pids.map(async (pid) => {
    const command = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0');
    const isOurs = command.some((part) => part.endsWith('model-parser.ts')) && command.includes(String(process.pid));
    return isOurs ? [Number(pid)] : [];
  });
  return (await Promise.all(found)).flat();
}

describe.each([
  ['in this process', 0],
  ['in a process of its own', 1],
])('a parser %s', (_where, processes) => {
  let parser: PhotoParser;
  beforeAll(async () => {
    parser = await loadParser(bundle, { processes, threads: 1 });
  });
  afterAll(() => parser.close());

  it('gives people, masks with scores, and maps that agree', async () => {
    const { width, height, people, masks, labelMap, personMap } = await parser.parse(photo);
    expect([width, height]).toEqual([640, 320]);
    expect(people.map(({ id }) => id)).toEqual([1, 2]);
    const hair = people[0]?.masks.find(({ label }) => label === 'hair');
    expect(hair?.score).toBeGreaterThan(0.5);
    expect(masks.filter(({ personId }) => personId === 1)).toEqual(people[0]?.masks);
    const [x = 0, , boxWidth = 0] = people[0]?.bbox ?? [];
    expect(x + boxWidth).toBeLessThanOrEqual(340);
    // Parts of this model do not overlap: each pixel of a mask is its class, and its person's.
    if (hair === undefined) throw new Error('There is no hair.');
    const isHair = maskBitmap(hair.mask);
    expect(isHair).toEqual(labelMap.map((id, i) => (id === hair.classId && personMap[i] === 1 ? 1 : 0)));
    expect(isHair.reduce((sum, bit) => sum + bit, 0)).toBe(hair.mask.area);
  });

  it('encodes every output to the bytes of the service', async () => {
    const result = await parser.parse(path, options);
    expect(result.people.map(({ id }) => id)).toEqual([2]);
    expect([...new Set(result.masks.map(({ label }) => label))].sort()).toEqual(['hair', 'nose', 'skin']);
    const files = await result.files();
    expect(files.map(({ name }) => name)).toEqual(served.map(({ name }) => name));
    for (const [place, file] of files.entries()) {
      const { bytes, ...about } = served[place] ?? { bytes: undefined };
      expect(file).toMatchObject(about);
      expect(Buffer.compare(file.bytes, bytes ?? new Uint8Array()), file.name).toBe(0);
    }
    const overlay = files.find(({ output }) => output === 'overlay');
    expect(Buffer.compare(await result.encode('overlay'), overlay?.bytes ?? new Uint8Array())).toBe(0);
    expect((await result.encode('people')).map(({ person }) => person)).toEqual([2]);
  });

  it('refuses what it cannot parse with the codes of the service, and goes on', async () => {
    const codeOf = (parsing: Promise<unknown>) =>
      parsing.then(
        () => 'none',
        ({ code }: { code: string }) => code,
      );
    const refused = [
      parser.parse(photo, { parts: ['wheel'] }),
      parser.parse(photo, { short_side: -1 }),
      parser.parse(join(folder, 'gone.jpg')),
      parser.parse(photo.subarray(0, 4_000)),
      parser.parse(new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>')),
      parser.parse(photo, { timeoutMs: 1 }),
      parser.parse(photo, { signal: AbortSignal.abort() }),
    ];
    expect(await Promise.all(refused.map(codeOf))).toEqual([
      'invalid_request',
      'invalid_request',
      'input_not_found',
      'image_unreadable',
      'unsupported_format',
      'timeout',
      'canceled',
    ]);
    await expect(parser.parse(await photoOfOne())).resolves.toMatchObject({ width: 320 });
  });

  it('stops when it is closed: what runs, what waits and what follows', async () => {
    const own = await loadParser(bundle, { processes, threads: 1 });
    const result = await own.parse(photo);
    const pids = await childrenOfThis();
    const outcomes = Promise.allSettled([own.parse(photo), own.parse(photo)]);
    await own.close();
    expect(await outcomes).toMatchObject([{ reason: { code: 'canceled' } }, { reason: { code: 'canceled' } }]);
    await expect(own.parse(photo)).rejects.toMatchObject({ code: 'canceled' });
    await expect(result.encode('masks')).rejects.toMatchObject({ code: 'canceled' });
    expect(result.labelMap).toHaveLength(640 * 320);
    // One of them is the parser's of the other tests.
    if (process.platform === 'linux') expect(pids).toHaveLength(2 * processes);
    expect(pids.filter(isAlive)).toHaveLength(processes);
  });
});

it('leaves this process’s event loop and its sharp alone, if it parses in another one', async () => {
  // In a process of its own: other tests have loaded what it must not load.
  const program = `
    import { loadParser } from '@m2fp/core';
    import sharp from 'sharp';
    await using parser = await loadParser(${JSON.stringify(bundle)}, { processes: 1, threads: 1 });
    let turns = 0;
    const timer = setInterval(() => { turns += 1; }, 1);
    await parser.parse(${JSON.stringify(path)});
    clearInterval(timer);
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="2" height="1"/>');
    console.log(JSON.stringify({ isFree: turns > 10, width: (await sharp(svg).metadata()).width }));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program], { cwd: root });
  expect(JSON.parse(stdout)).toEqual({ isFree: true, width: 2 });
});

it('draws an overlay of its own by the program of the docs', async () => {
  const program = await readFile(join(root, 'examples/overlay.mjs'), 'utf8');
  expect(program.trimEnd().split('\n').length).toBeLessThanOrEqual(30);
  for (const page of ['packages/core/README.md', 'docs/library.md']) {
    expect(await readFile(join(root, page), 'utf8'), page).toContain(`\`\`\`js\n${program}\`\`\``);
  }
  // The model as a name finds it: in a cache of the test's own, where the system lets us choose one.
  const caches = join(folder, 'caches');
  for (const place of ['m2fp', 'Library/Caches/m2fp']) {
    await cp(bundle, join(caches, place, 'models/portrait'), { recursive: true });
  }
  const drawn = join(folder, 'drawn.png');
  const env = { ...systemEnvironment(), HOME: caches, XDG_CACHE_HOME: caches };
  const { stdout } = await run(process.execPath, [join(root, 'examples/overlay.mjs'), path, drawn], { env });
  expect(stdout).toMatch(/^person 1: .*hair 0\.\d\d \(\d+ px\)/m);
  expect(stdout).toMatch(/^person 2: /m);
  const { data, info } = await sharp(drawn).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([640, 320]);
  const before = await sharp(photo).raw().toBuffer();
  const changed = before.reduce((sum, value, i) => sum + (Math.abs(value - (data[i] ?? 0)) > 40 ? 1 : 0), 0);
  expect(changed / before.length).toBeGreaterThan(0.1);
});

it('names the command that gets a model which is not there, and its license', async () => {
  await expect(loadParser('people', { cacheDir: folder })).rejects.toMatchObject({
    code: 'model_unavailable',
    message: expect.stringMatching(/npx m2fp model pull people.*CC BY-NC 4\.0: NOT for commercial use/) as string,
  });
  await expect(loadParser('portrait', { cacheDir: folder })).rejects.toMatchObject({
    code: 'model_unavailable',
    message: expect.stringContaining('npm install @m2fp/portrait') as string,
  });
});
