/**
 * Every page of docs/recipes as it is written: its Python is saved under the name in its first line, its commands are
 * run, and a check of the same name compares what the tool read with the label maps and maps of people.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { photoOfOne, photoOfTwo } from '../support/portrait/samples.ts';
import { until } from '../support/worker/until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const recipes = join(root, 'docs/recipes');
const checks = join(root, 'test/recipes/checks');
const pages = readdirSync(recipes).filter((name) => name.endsWith('.md') && name !== 'README.md');
const pythonBin = inject('pythonBin');

let photos = '';
beforeAll(async () => {
  if (pythonBin === '') return;
  photos = await mkdtemp(join(tmpdir(), 'm2fp-recipes-photos-'));
  await mkdir(join(photos, 'album'));
  await writeFile(join(photos, 'one.jpg'), await photoOfOne());
  // As a phone stores it: on its side, and with a note that says so.
  const turned = await sharp(await photoOfTwo())
    .rotate(-90)
    .toBuffer();
  const noted = sharp(turned).withMetadata({ orientation: 6 });
  await writeFile(join(photos, 'größe 2.jpg'), await noted.jpeg({ quality: 95 }).toBuffer());
  await writeFile(
    join(photos, 'album/one.png'),
    await sharp(await photoOfOne())
      .resize(200)
      .png()
      .toBuffer(),
  );
  const nobody = sharp({ create: { width: 120, height: 80, channels: 3, background: '#8899aa' } });
  await writeFile(join(photos, 'nobody.jpg'), await nobody.jpeg().toBuffer());
});
afterAll(() => rm(photos, { recursive: true, force: true }));

describe.skipIf(pythonBin === '')('docs/recipes', () => {
  test.each(pages.filter((page) => page !== 'python-client.md'))('%s', async (page) => {
    const folder = await workFolder();
    await follow(page, folder);
    expect(await check(page, folder)).toMatch(/^[1-9]\d* masks are the same\n$/);
  });

  test('python-client.md', async () => {
    const folder = await workFolder();
    const args = [join(root, 'apps/demo/src/main.ts'), '--out', join(folder, 'demo'), join(folder, 'photos/one.jpg')];
    const env = { ...process.env, REDIS_URL: '', S3_ENDPOINT: '', NO_COLOR: '1' };
    const demo = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(demo, 'exit');
    onTestFinished(async () => {
      demo.kill('SIGINT');
      await ended;
    });
    let output = '';
    demo.stdout.on('data', (data: Buffer) => (output += data.toString()));
    await until(() => output.includes('Ctrl-C stops everything'));
    const url = /curl -F image=@photo\.jpg (\S+)/.exec(output)?.[1] ?? '';
    await follow('python-client.md', folder, { M2FP_URL: new URL(url).origin });
    expect((await readdir(join(folder, 'parsed'))).sort()).toEqual(['größe 2', 'nobody', 'one']);
    await run('npx', ['m2fp', 'parse', 'photos', '--out', 'out', '--outputs', 'masks,colormap'], folder);
    for (const name of ['größe 2', 'nobody', 'one']) {
      for (const file of ['masks.json', 'colormap.png']) {
        const sent = await readFile(join(folder, 'parsed', name, file), 'utf8');
        expect(sent, `${name}/${file}`).toBe(await readFile(join(folder, 'out', name, file), 'utf8'));
      }
    }
  });
});

/** As this project's folder is for somebody who follows the recipes. */
async function workFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'm2fp-recipe-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await cp(photos, join(folder, 'photos'), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

async function follow(page: string, folder: string, environment: NodeJS.ProcessEnv = {}): Promise<void> {
  const text = await readFile(join(recipes, page), 'utf8');
  const blocks = [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)];
  const commands: string[] = [];
  for (const [, language, content = ''] of blocks) {
    if (language === 'sh') commands.push(content);
    if (language !== 'python') continue;
    const name = /^# (\w+\.py)$/m.exec(content)?.[1];
    expect(name, `the first line of a block of Python in ${page}`).toBeDefined();
    await writeFile(join(folder, name ?? ''), content);
  }
  expect(commands).not.toEqual([]);
  for (const command of commands) await run('bash', ['-euo', 'pipefail', '-c', command], folder, environment);
}

function check(page: string, folder: string): Promise<string> {
  return run('python', [join(checks, `check_${basename(page, '.md').replaceAll('-', '_')}.py`)], folder);
}

const execute = promisify(execFile);

/** @returns what it wrote to stdout; fails with everything it wrote, if it failed */
async function run(
  program: string,
  args: readonly string[],
  cwd: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<string> {
  const PATH = [pythonBin, join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter);
  const env = { ...process.env, PATH, NO_COLOR: '1', PYTHONUTF8: '1', PYTHONWARNINGS: 'ignore', ...environment };
  try {
    const { stdout } = await execute(program, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${program} ${args.join(' ')}\n${stdout}\n${stderr}`, { cause: error });
  }
}
