/** The child process of model folders: runs the command line on them, and looks at what it would print. */
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { AppError } from '@m2fp/contract';
import { StatusLine } from '@m2fp/terminal';
import { serveTarget } from '../target-process.ts';
import type { FilesInput } from './mutate-files.ts';

/** The part of the command line that is used here: an app is started, never imported. */
interface CommandLine {
  runCli(args: readonly string[], context: object): Promise<number>;
  readConfig(environment: Record<string, string>): object;
}

const [workDir = '', bundleDir = '', goldenDir = ''] = process.argv.slice(2);
const app = new URL('../../../cli/src/', import.meta.url);
const { runCli } = (await import(new URL('run-cli.ts', app).href)) as Pick<CommandLine, 'runCli'>;
const { readConfig } = (await import(new URL('config.ts', app).href)) as Pick<CommandLine, 'readConfig'>;
const config = readConfig({});
const { signal } = new AbortController();

const maxOutputBytes = 2 ** 20;
/** Messages of JavaScript itself: nobody wrote them for the user. */
const unclear =
  /Maximum call stack|is not a function|Cannot read prop|not iterable|Invalid array length|ERR_[A-Z]|heap/;

serveTarget<FilesInput>(async ({ command, files }) => {
  const dir = join(workDir, String(process.pid));
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(join(dir, name), bytes);
  if ('manifest.json' in files) await symlink(join(bundleDir, 'model.weights'), join(dir, 'model.weights'));
  const out = join(dir, 'out');
  const flags = { convert: ['--out', out], check: ['--golden', join(goldenDir, 'people')] };
  const [name = '', ...more] = command.split(' ');
  const { code, text } = await run(['model', name, dir, ...more, ...(flags[name as keyof typeof flags] ?? [])]);
  const printed = text.replaceAll('\n', '');
  const control = /[\p{Cc}\p{Cf}]/u.exec(printed);
  if (control !== null) {
    throw new Error(`It prints ${JSON.stringify(printed.slice(Math.max(0, control.index - 40), control.index + 40))}`);
  }
  if (text.length > maxOutputBytes) throw new Error(`It prints ${text.length} characters.`);
  if (unclear.test(text)) throw new Error(`It says ${text.slice(0, 500)}`);
  if (code !== 0) throw new AppError('model_unavailable', text);
});

async function run(args: readonly string[]): Promise<{ code: number; text: string }> {
  const output = new PassThrough();
  let text = '';
  output.on('data', (chunk) => {
    // What is longer than allowed need not be kept to be told.
    if (text.length <= maxOutputBytes) text += String(chunk);
  });
  const stream = output as unknown as NodeJS.WriteStream;
  const status = new StatusLine(stream, false);
  const code = await runCli(args, { config, stdout: stream, stderr: stream, status, unfinished: {}, signal });
  output.end();
  await new Promise((resolve) => output.once('end', resolve));
  return { code, text };
}
