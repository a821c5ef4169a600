/**
 * To be imported before anything else: a process that was given secrets in its environment starts again without them.
 *
 * `/proc/PID/environ` shows what a process was started with for as long as it lives, whatever it removes from
 * `process.env`; another process of the same user may read it. So the process replaces itself by a new image of Node
 * with the same pid, arguments and flags, but none of those variables. Their values wait in a file that has no name any
 * more, as standard input, which no service reads; the new image puts them into its `process.env`, which is its own
 * memory, and closes the file. No other process exists that could look meanwhile. It costs one start of Node, 40 ms.
 *
 * Where that is impossible (Windows; no folder to write to; a parent that talks to this process over Node's channel)
 * the process goes on as it is, and `runService` says so in the log.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { devNull, tmpdir } from 'node:os';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';
import { secretsIn } from './secret-variables.ts';

/** Set in the new image, until it has read what was handed over. */
const marker = 'M2FP_STARTED_ANEW';
const standardInput = 0;

if (process.env[marker] !== undefined) receive();
else handOver(secretsIn(process.env));

function handOver(names: readonly string[]): void {
  if (names.length === 0 || !isMainThread || process.channel || typeof process.execve !== 'function') return;
  const secrets = Object.fromEntries(names.map((name) => [name, process.env[name]]));
  if (!putIntoStandardInput(Buffer.from(JSON.stringify(secrets)))) return;
  const others = Object.entries(process.env).filter(([name]) => !names.includes(name));
  const environment = { ...Object.fromEntries(others), [marker]: '1' };
  try {
    process.execve(process.execPath, [process.argv0, ...process.execArgv, ...process.argv.slice(1)], environment);
  } catch {
    // It only comes back if there is no new image; the secrets are still where they were.
    emptyStandardInput();
  }
}

/** Whether it worked. The file has lost its name before anything is written to it. */
function putIntoStandardInput(content: Uint8Array): boolean {
  // Only standard input, output and error outlive the change of image; what is opened next takes the place just freed.
  closeSync(standardInput);
  // The first is in memory, and writable even in a container that is read-only.
  for (const folder of ['/dev/shm', tmpdir()]) {
    const path = join(folder, `.m2fp-${randomBytes(12).toString('hex')}`);
    try {
      const file = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600);
      unlinkSync(path);
      writeSync(file, content);
      return file === standardInput;
    } catch {
      // There is no such folder, or nothing may be written to it.
    }
  }
  openSync(devNull, 'r');
  return false;
}

function receive(): void {
  Reflect.deleteProperty(process.env, marker);
  const file = fstatSync(standardInput);
  // Somebody else set the variable.
  if (!file.isFile() || file.nlink > 0) return;
  const content = Buffer.alloc(file.size);
  readSync(standardInput, content, 0, file.size, 0);
  Object.assign(process.env, JSON.parse(content.toString()) as Record<string, string>);
  emptyStandardInput();
}

function emptyStandardInput(): void {
  closeSync(standardInput);
  openSync(devNull, 'r');
}
