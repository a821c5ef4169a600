import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { bundle } from './bundle.ts';

/** What a program with these lines prints as a bundle, and whether it has loaded Node's client for fetch. */
async function run(lines: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'm2fp-lean-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const loaded = "process.moduleLoadList.some((name) => name.includes('undici'))";
  await writeFile(join(folder, 'program.ts'), `${lines}\nconsole.log(${loaded});\n`);
  await bundle(join(folder, 'program.ts'), join(folder, 'made'));
  return (await promisify(execFile)(process.execPath, [join(folder, 'made', 'main.js')])).stdout;
}

test.each([
  ["import { createServer } from 'node:http';", 'createServer.name'],
  ["import http, { Agent as A } from 'http';", 'http.createServer.name, A.name'],
  ["const { request, globalAgent } = await import('node:http');", 'request.name, globalAgent.maxSockets'],
  ["const { setTimeout: sleep } = await import('node:timers/promises');", 'sleep.name'],
  ["const { URL: Url } = await import('node:url'); const { Buffer: B } = await import('buffer');", 'Url.name, B.name'],
  ["import { DatabaseSync } from 'node:sqlite';", 'DatabaseSync.name'],
  ["import { join } from 'node:path'; import * as os from 'node:os';", "join('a', 'b'), os.EOL.length"],
  ["import { EventEmitter, once } from 'node:events'; import process from 'node:process';", 'once.name, process.title'],
])('what is used of a module of Node’s is there, and no more is loaded: %s', async (imports, used) => {
  const expected = await promisify(execFile)(process.execPath, [
    ...['--input-type=module', '-e', `${imports}\nconsole.log(${used});`],
  ]);
  expect(await run(`${imports}\nconsole.log(${used});`)).toBe(`${expected.stdout}false\n`);
});

test('what is used is loaded', async () => {
  expect(await run("import { WebSocket } from 'node:http';\nconsole.log(WebSocket.name);")).toBe('WebSocket\ntrue\n');
});
