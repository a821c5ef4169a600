/**
 * `npm run check:client -- [TARBALL]`: the packed client as its users have it. In an empty folder, npm installs the
 * tarball, by default one that is packed from the sources now. Its README's first example runs on every runtime that it
 * is said to run on, against a service that this starts; TypeScript checks all examples of the README and of
 * docs/client.md, and Node runs them; a Worker runs in workerd, and a page, built by Vite, in Chromium. Prints a line
 * for each; exits with 1 if any fails. Nothing is left afterwards.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { startStack } from '@m2fp/dev-services/stack';
import { packAll } from '../release/pack.ts';
import { run } from '../release/users-folder.ts';
import { publishedPackages, repository, withNeeded } from '../release/workspace.ts';
import { photoOfTwo } from '../../test/support/portrait/samples.ts';
import { blocksOf, programOf } from './client/examples.ts';
import { usePage } from './client/page.ts';
import { createProject, nodeIn, nodeVersions, programIn, sizeOf } from './client/project.ts';
import { askWorker } from './client/worker.ts';

const [givenTarball] = process.argv.slice(2);
const documentedUrl = 'http://127.0.0.1:5000';
/** Of what npm installs for it. */
const maxBytes = 1_000_000;

interface Checked {
  readonly folder: string;
  readonly serviceUrl: string;
  readonly photo: string;
}

async function check(what: string, look: () => Promise<string>): Promise<void> {
  const startedAt = performance.now();
  try {
    const found = await look();
    console.log(`ok     ${what}: ${found} (${((performance.now() - startedAt) / 1_000).toFixed(1)} s)`);
  } catch (error) {
    console.log(`FAILED ${what}`);
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}

async function writeExamples({ folder, serviceUrl }: Checked): Promise<void> {
  const read = async (path: string): Promise<string[]> => {
    const text = await readFile(path, 'utf8');
    return blocksOf(text.replaceAll(documentedUrl, serviceUrl), 'ts');
  };
  const ofReadme = await read(join(folder, 'node_modules/@m2fp/client/README.md'));
  const ofDocs = await read(join(repository, 'docs/client.md'));
  await writeFile(join(folder, 'readme.mjs'), ofReadme[0] ?? '');
  const start = `import { createClient } from '@m2fp/client';\nconst m2fp = createClient({ baseUrl: '${serviceUrl}' });\n`;
  await writeFile(join(folder, 'examples.ts'), programOf([...ofReadme, ...ofDocs], start));
}

const compilerOptions = { strict: true, noEmit: true, target: 'es2022', skipLibCheck: false };
const resolutions = {
  nodenext: { module: 'nodenext', lib: ['es2023'], types: ['node'] },
  bundler: { module: 'esnext', moduleResolution: 'bundler', lib: ['es2023', 'dom', 'dom.iterable'], types: ['node'] },
};

async function checkTypes({ folder }: Checked): Promise<void> {
  for (const [resolution, options] of Object.entries(resolutions)) {
    await check(`TypeScript, ${resolution} resolution`, async () => {
      const config = { compilerOptions: { ...compilerOptions, ...options }, files: ['examples.ts'] };
      await writeFile(join(folder, `tsconfig.${resolution}.json`), JSON.stringify(config));
      await run(programIn(folder, 'tsc'), ['-p', `tsconfig.${resolution}.json`], folder);
      return 'all examples';
    });
  }
}

async function checkRuntimes({ folder }: Checked): Promise<void> {
  const runtimes: readonly (readonly [name: string, program: string, ...args: string[]])[] = [
    ...nodeVersions.map((version) => [`Node ${version}`, nodeIn(folder, version)] as const),
    [`Node ${process.versions.node}`, process.execPath],
    ['Deno', programIn(folder, 'deno'), 'run', '--allow-net', '--allow-read', '--node-modules-dir=manual'],
    ['Bun', programIn(folder, 'bun'), 'run'],
  ];
  for (const [name, program, ...args] of runtimes) {
    await check(`the README’s first lines on ${name}`, async () => {
      return (await run(program, [...args, 'readme.mjs'], folder)).trim();
    });
  }
  await check('all examples on Node', async () => {
    const lines = (await run(process.execPath, ['examples.ts'], folder)).trim().split('\n');
    return `${lines.length} lines`;
  });
}

async function checkAll(checked: Checked): Promise<void> {
  const { folder, serviceUrl, photo } = checked;
  await check('its size with what it needs', async () => {
    const bytes = await sizeOf(folder, ['@m2fp/client', 'openapi-fetch', 'openapi-typescript-helpers']);
    if (bytes > maxBytes) throw new Error(`${bytes} bytes; at most ${maxBytes}`);
    return `${bytes} bytes`;
  });
  await writeExamples(checked);
  await checkTypes(checked);
  await checkRuntimes(checked);
  await check('a Worker in workerd', async () => JSON.stringify(await askWorker(folder, serviceUrl, photo)));
  await check('a page, built by Vite, in Chromium', () => usePage(folder, serviceUrl, photo));
}

async function packClient(folder: string): Promise<string> {
  const target = join(folder, 'packed');
  const [packed] = await packAll(withNeeded(publishedPackages(), ['@m2fp/client']), target);
  return join(target, packed?.filename ?? '');
}

const controller = new AbortController();
const folder = await mkdtemp(join(tmpdir(), 'm2fp-client-'));
try {
  const photo = join(folder, 'photo.jpg');
  await writeFile(photo, await photoOfTwo());
  const tarball = givenTarball === undefined ? await packClient(folder) : resolve(givenTarball);
  const [stack] = await Promise.all([
    startStack({ model: 'portrait', signal: controller.signal }),
    createProject(folder, tarball),
  ]);
  try {
    await checkAll({ folder, serviceUrl: stack.apiUrl, photo });
  } finally {
    await stack.stop();
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
