import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseOptionsSchema } from '@m2fp/contract';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { isAlive } from '../../testing/process/is-alive.ts';
import { ParserProcess, unconfined } from './parser-process.ts';

const support = resolve(import.meta.dirname, '../../../../test/support/worker');
const patient = { timeoutMs: 60_000, signal: new AbortController().signal };

let owner: ChildProcess | undefined;
let parserPid: number | undefined;
afterEach(() => {
  owner?.kill('SIGKILL');
  if (parserPid !== undefined && isAlive(parserPid)) process.kill(parserPid, 'SIGKILL');
});

describe('a parser process', () => {
  it.each([
    ['waits for a photo', 'ok', 'off'],
    ['is busy in native code', 'hang', 'off'],
    ['is busy in native code, in the sandbox', 'hang', 'auto'],
  ])('ends when its worker is killed while it %s', async (_what, script, sandbox) => {
    const args = [join(support, 'pool-owner.ts'), script, sandbox];
    owner = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(owner.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    parserPid = Number(line.toString());
    expect(isAlive(parserPid)).toBe(true);
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    // The test's own timeout is the limit.
    while (isAlive(parserPid)) await sleep(20);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('leaves a %s to its worker, and finishes its photo', async (signal) => {
    const gate = join(tmpdir(), `m2fp-gate-${randomUUID()}`);
    onTestFinished(() => rm(gate, { force: true }));
    const moduleUrl = pathToFileURL(join(support, 'scripted-parser.ts')).href;
    const parser = new ParserProcess({ moduleUrl, environment: {}, launcher: unconfined, onOutput: () => undefined });
    onTestFinished(() => parser.kill());
    const settings = { bundle: 'scripted', threads: 1, maxImageBytes: 1_000, maxImagePixels: undefined };
    await parser.load(settings, patient);
    const bytes = new TextEncoder().encode(`wait ${gate}`);
    const photo = parser.parse({ bytes }, parseOptionsSchema.parse({}), patient);
    process.kill(parser.pid, signal);
    await writeFile(gate, '');
    await expect(photo).resolves.toHaveProperty('summary');
    expect(parser.isGone).toBe(false);
  });

  it('answers a request that is not valid, and serves the next', async () => {
    const moduleUrl = pathToFileURL(join(support, 'scripted-parser.ts')).href;
    const parser = new ParserProcess({ moduleUrl, environment: {}, launcher: unconfined, onOutput: () => undefined });
    onTestFinished(() => parser.kill());
    const settings = { bundle: 'scripted', threads: 1, maxImageBytes: 1_000, maxImagePixels: undefined };
    const endless = { ...settings, maxImageBytes: Number.POSITIVE_INFINITY };
    await expect(parser.load(endless, patient)).rejects.toMatchObject({ code: 'invalid_request' });
    await parser.load(settings, patient);
    const photo = { bytes: new TextEncoder().encode('ok'), name: 'n'.repeat(300) };
    await expect(parser.parse(photo, parseOptionsSchema.parse({}), patient)).rejects.toMatchObject({
      code: 'invalid_request',
      retryable: false,
    });
    await expect(parser.parse({ bytes: photo.bytes }, parseOptionsSchema.parse({}), patient)).resolves.toHaveProperty(
      'summary',
    );
  });
});
