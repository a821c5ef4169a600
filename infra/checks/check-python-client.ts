/**
 * `npm run check:python-client`: docs/python.md as it is written. Starts the whole service, makes the client from its
 * document with the generator that the page names, without warnings, and parses a photo with the page's programs.
 * Compares what they got with what the service made. Needs python3 with venv, and PyPI. Nothing is left afterwards.
 */
import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { samplePhotos } from '@m2fp/dev-services';
import { startStack } from '@m2fp/dev-services/stack';

const execute = promisify(execFile);
const page = fileURLToPath(new URL('../../docs/python.md', import.meta.url));
/** Where the page expects the service. */
const pageUrl = 'http://127.0.0.1:5000';
/** For everything; it takes less than one. */
const mostMs = 5 * 60_000;

/** What each program has to say at least. */
const expected: Readonly<Record<string, readonly RegExp[]>> = {
  'parse_photos.py': [/job_[0-9a-f]{32} succeeded/, /[1-9] people: .*hair/],
  'upload_photo.py': [
    /^(job_[0-9a-f]{32}) succeeded 4711$/m,
    /^the latest: job_[0-9a-f]{32} job_/m,
    /^404 input_not_found There is no object at the input key\.$/m,
    /^That photo was never uploaded\.$/m,
  ],
  'parse_now.py': [/[1-9] people, [1-9]\d* masks, \S+/],
};

/** Fails with everything that the program wrote. */
async function run(command: string, args: readonly string[], cwd: string, signal: AbortSignal): Promise<string> {
  // The virtual environment's programs first.
  const PATH = [join(cwd, 'venv', process.platform === 'win32' ? 'Scripts' : 'bin'), process.env['PATH']].join(
    delimiter,
  );
  const env = { ...process.env, PATH, PYTHONUTF8: '1', PIP_DISABLE_PIP_VERSION_CHECK: '1', NO_COLOR: '1' };
  try {
    const { stdout, stderr } = await execute(command, args, { cwd, env, signal, maxBuffer: 16 * 1024 * 1024 });
    return `${stdout}\n${stderr}`;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${command} ${args.join(' ')} failed.\n${stdout}\n${stderr}`, { cause: error });
  }
}

/** The page's commands, and its programs by name, with the service's real address. */
async function readPage(apiUrl: string): Promise<{ commands: string[][]; programs: Map<string, string> }> {
  const text = (await readFile(page, 'utf8')).replaceAll(pageUrl, apiUrl);
  const programs = new Map<string, string>();
  const commands: string[][] = [];
  for (const [, language, content = ''] of text.matchAll(/^```(\w+)\n(.*?)^```$/gms)) {
    const name = /^# (\w+\.py)$/m.exec(content)?.[1];
    if (language === 'python') programs.set(name ?? '', content);
    // `run` does what activating does.
    const lines = language === 'sh' ? content.trim().split('\n') : [];
    commands.push(...lines.filter((line) => !line.startsWith('. ')).map((line) => line.split(' ')));
  }
  const wanted = Object.keys(expected).sort().join();
  if ([...programs.keys()].sort().join() !== wanted) throw new Error(`${page} should have ${wanted}.`);
  return { commands, programs };
}

function assertSays(what: string, output: string, wanted: readonly RegExp[] = []): void {
  for (const pattern of wanted) {
    if (!pattern.test(output)) throw new Error(`${what} should say ${String(pattern)}, and said:\n${output}`);
  }
}

async function assertSameFiles(apiUrl: string, said: string, folder: string): Promise<void> {
  const id = /job_[0-9a-f]{32}/.exec(said)?.[0] ?? '';
  for (const [output, name] of [
    ['masks', 'masks.json'],
    ['colormap', 'colormap.png'],
  ] as const) {
    const answer = await fetch(`${apiUrl}/v1/jobs/${id}/files/${output}`);
    const made = Buffer.from(await answer.arrayBuffer());
    const got = await readFile(join(folder, 'parsed/photo', name));
    if (!answer.ok || !made.equals(got)) throw new Error(`The Python client got another ${name}.`);
  }
}

async function follow(apiUrl: string, folder: string, signal: AbortSignal): Promise<void> {
  const { commands, programs } = await readPage(apiUrl);
  for (const [name, content] of programs) await writeFile(join(folder, name), content);
  await copyFile(samplePhotos()[0]?.path ?? '', join(folder, 'photo.jpg'));
  for (const [command = '', ...args] of commands) {
    const strict = args[0] === 'generate' ? ['--fail-on-warning'] : [];
    const output = await run(command, [...args, ...strict], folder, signal);
    assertSays(args[0] ?? '', output, expected[args[0] ?? '']);
    if (args[0] === 'parse_photos.py') await assertSameFiles(apiUrl, output, folder);
    console.log(`ok     ${[command, ...args].join(' ')}`);
  }
}

const signal = AbortSignal.timeout(mostMs);
const folder = await mkdtemp(join(tmpdir(), 'm2fp-python-client-'));
const stack = await startStack({ model: 'portrait', signal, onStep: (message) => console.log(message) });
try {
  await follow(stack.apiUrl, folder, signal);
} finally {
  await stack.stop();
  await rm(folder, { recursive: true, force: true });
}
