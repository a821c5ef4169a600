/** Finds Python, and makes the virtual environment that docs/recipes/README.md describes, once per content. */
import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { stackCacheDir } from '@m2fp/dev-services';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Of the virtual environment: where its programs are. Empty if the recipes cannot be run here. */
    pythonBin: string;
  }
}

const run = promisify(execFile);
const requirements = fileURLToPath(new URL('../../docs/recipes/requirements.txt', import.meta.url));

/** What `requirements.txt` has wheels for. */
const probe = `
import sys, ensurepip, venv
sys.exit(None if sys.version_info >= (3, 10) else "older than 3.10")
`;

export default async function setup(project: TestProject): Promise<void> {
  const reason = process.env['CI'] ? 'CI is set' : await whyNoPython();
  if (reason !== undefined) console.log(`The recipes are skipped: ${reason}.`);
  project.provide('pythonBin', reason === undefined ? await environment() : '');
}

async function whyNoPython(): Promise<string | undefined> {
  try {
    await run('python3', ['-c', probe]);
    return undefined;
  } catch {
    return 'there is no python3 here of 3.10 or later with venv (on Debian: the package python3-venv)';
  }
}

async function environment(): Promise<string> {
  const { stdout: version } = await run('python3', ['-c', 'import sys; print(sys.executable, sys.version)']);
  const content = createHash('sha256')
    .update(version)
    .update(await readFile(requirements));
  const folder = join(await stackCacheDir(), `recipes-${content.digest('hex').slice(0, 16)}`);
  const bin = join(folder, 'bin');
  const complete = join(folder, 'complete');
  if (await stat(complete).catch(() => undefined)) return bin;
  console.log(`Installing ${requirements} into ${folder}`);
  await rm(folder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', folder]);
  const env = { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}` };
  const options = ['--quiet', '--disable-pip-version-check', '--requirement', requirements];
  await run(join(bin, 'python'), ['-m', 'pip', 'install', ...options], { env, maxBuffer: 64 * 1024 * 1024 });
  await writeFile(complete, '');
  return bin;
}
