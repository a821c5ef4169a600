/** What is installed from the tarballs starts the whole service: a part of `npm run check:packages`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openAsBlob } from 'node:fs';
import { delimiter, join } from 'node:path';
import { z } from 'zod';
import { repository } from './workspace.ts';

const photo = join(repository, 'packages/page/public/samples/sample1.jpg');
const startMs = 120_000;
const parsedSchema = z.object({ people: z.number(), model: z.object({ name: z.string() }) });

/**
 * Runs `npx m2fp serve` in a folder where it is installed, parses a photo, and ends it as Ctrl-C does. Returns the
 * milliseconds until it said its address. Throws an Error if any of that fails.
 * @param nodeFolder of the Node that runs it
 */
export async function checkServe(folder: string, nodeFolder: string): Promise<number> {
  const startedAt = performance.now();
  // In a process group of its own, as a terminal starts it.
  const serve = spawn('npx', ['--no-install', 'm2fp', 'serve'], {
    cwd: folder,
    detached: true,
    // eslint-disable-next-line no-restricted-properties -- npx takes the first Node of the PATH.
    env: { ...process.env, PATH: `${nodeFolder}${delimiter}${process.env['PATH']}` },
  });
  let output = '';
  for (const stream of [serve.stdout, serve.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
  const closed = once(serve, 'close');
  try {
    const url = await addressIn(() => output, closed);
    const elapsedMs = performance.now() - startedAt;
    const form = new FormData();
    form.set('image', await openAsBlob(photo));
    const response = await fetch(`${url}/parse`, { method: 'POST', body: form, signal: AbortSignal.timeout(startMs) });
    const text = await response.text();
    if (!response.ok) throw new Error(`m2fp serve answered ${response.status}: ${text}`);
    const { people, model } = parsedSchema.parse(JSON.parse(text));
    await assertPage(url);
    if (people < 1 || model.name !== 'portrait') throw new Error(`m2fp serve found ${people} people by ${model.name}.`);
    signalAll(serve.pid, 'SIGINT');
    await closed;
    if (!output.includes('Stopping')) throw new Error(`m2fp serve ended in another way than by Ctrl-C:\n${output}`);
    return elapsedMs;
  } finally {
    signalAll(serve.pid, 'SIGKILL');
  }
}

/** The page, with everything that its modules import. Throws an Error if one is missing. */
async function assertPage(url: string): Promise<void> {
  const seen = new Set<string>();
  const visit = async (path: string): Promise<void> => {
    if (seen.has(path)) return;
    seen.add(path);
    const response = await fetch(`${url}${path}`, { signal: AbortSignal.timeout(startMs) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} of the page: ${response.status}`);
    const named = text.matchAll(/(?:src="|\bfrom\s*'|\bimport\s*\(?')([./][^'"]*\.js)/g);
    for (const [, next = ''] of named) await visit(new URL(next, `${url}${path}`).pathname);
  };
  await visit('/');
  if (seen.size < 50) throw new Error(`The page has only ${[...seen].join(', ')}.`);
}

/** The address that is in the output, as soon as it is. Throws an Error with the output if it never is. */
async function addressIn(output: () => string, closed: Promise<unknown>): Promise<string> {
  const late = AbortSignal.timeout(startMs);
  let ended = false;
  void closed.then(() => (ended = true));
  for (;;) {
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(output())?.[0];
    if (url !== undefined && output().includes('Ctrl-C')) return url;
    if (ended || late.aborted) throw new Error(`m2fp serve said no address:\n${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function signalAll(group: number | undefined, signal: NodeJS.Signals): void {
  try {
    // eslint-disable-next-line no-restricted-syntax -- Only Windows has no groups, and this is for where CI runs.
    if (group !== undefined) process.kill(-group, signal);
  } catch {
    // It has ended.
  }
}
