import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import { AppError } from '@m2fp/contract';
import { Interrupted, StatusLine } from '@m2fp/terminal';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import type { CommandContext } from './command-context.ts';
import { createWholeProgram } from './program.ts';
import { describeError, runCli } from './run-cli.ts';

function createContext() {
  const output = { stdout: '', stderr: '' };
  const stream = (name: keyof typeof output) => {
    const through = new PassThrough();
    through.on('data', (data: Buffer) => (output[name] += data.toString()));
    return through as unknown as NodeJS.WriteStream;
  };
  const stderr = stream('stderr');
  const context: Omit<CommandContext, 'exit'> = {
    config: {
      cacheDir: '/nowhere',
      threads: 1,
      redis: { url: 'redis://127.0.0.1:1', prefix: 'm2fp' },
      prefixes: { inputPrefixes: [], uploadPrefix: 'uploads/', outputPrefix: 'results/', outputPrefixes: [] },
      apiKey: undefined,
      color: false,
      isLive: false,
      debug: false,
      environment: {},
      parserEnvironment: {},
    },
    stdout: stream('stdout'),
    stdin: new PassThrough() as unknown as NodeJS.ReadStream,
    stderr,
    status: new StatusLine(stderr, false),
    unfinished: {},
    signal: new AbortController().signal,
  };
  return { context, output };
}

async function run(...args: string[]) {
  const { context, output } = createContext();
  const code = await runCli(args, context);
  return { code, ...output };
}

function allCommands(command: Command, path: readonly string[] = []): string[][] {
  const own = command.commands.flatMap((part) => allCommands(part, [...path, part.name()]));
  return [[...path], ...own];
}

const { context } = createContext();
const commands = allCommands(await createWholeProgram({ ...context, exit: () => undefined }));

describe('help', () => {
  test.each(commands)('of %s %s has examples and exits with 0', async (...path) => {
    const { code, stdout, stderr } = await run(...path, '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: m2fp/);
    expect(stdout).toMatch(/Examples?:\n {2}m2fp /);
  });

  test('--version is that of the package', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect(await run('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  });
});

describe('a command line that is wrong exits with 2 and one message', () => {
  test.each([
    [['bogus'], "error: unknown command 'bogus'"],
    [['parse'], "error: missing required argument 'photos'"],
    [['parse', 'a.jpg', '--short-side', '31'], '--short-side'],
    [['parse', 'a.jpg', '--top-k', '1.5'], '--top-k'],
    [['parse', 'a.jpg', '--score-threshold', 'high'], '--score-threshold'],
    [['parse', 'a.jpg', '--outputs', 'masks,gif'], 'masks, colormap, instances, overlay'],
    [['parse', 'a.jpg', '--palette', 'neon'], '--palette'],
    [['parse', 'a.jpg', '--threads', '0'], '--threads'],
    [['parse', 'a.jpg', '--out', '-'], 'error: standard output takes one file: choose it with --outputs'],
    [['parse', 'a.jpg', '--out', '-', '--outputs', 'masks', '--json'], '--json'],
    [['completion', 'tcsh'], 'bash, zsh, fish'],
    [['model', 'convert', 'checkpoint'], '--out'],
    [['model', 'convert', 'checkpoint', '--out', 'b', '--name', 'a b'], '--name'],
    [['model', 'check', 'bundle'], '--golden'],
    [['model', 'import', 'a.onnx', '--out', 'b'], '--preset'],
    [['model', 'import', 'a.onnx', '--out', 'b', '--preset', 'none'], 'schp-lip, schp-atr, schp-pascal, segformer'],
    [['model', 'import', 'a.onnx', '--preset', 'custom'], '--out'],
    [['model', 'import', 'a.onnx', '--preset', 'custom', '--out', 'b', '--size', '9'], '--size'],
    [['model', 'synth', '--arch', 'r18', '--out', 'b'], '--arch'],
    [['model', 'synth', '--seed', '-1', '--out', 'b'], '--seed'],
    [['bench', '--against', 'pytorch', '--json', '--markdown'], '--json and --markdown'],
  ])('%j', async (args, message) => {
    const { code, stdout, stderr } = await run(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
    expect(stderr).toMatch(/--help\)\n$/);
  });
});

test('more threads than cores are not taken, and a line says so', async () => {
  const { code, stderr } = await run('model', 'check', 'nowhere', '--golden', 'nowhere', '--threads', '1000');
  expect(code).toBe(1);
  expect(stderr).toMatch(/^warning: 1000 threads would be slower than \d+: using the .*core.*\.\nerror: .*\n$/);
});

describe('an error', () => {
  const debugging = { ...context, config: { ...context.config, debug: true } };

  test('is one line; a stack trace is shown on request', () => {
    const error = new AppError('model_unavailable', 'No model.');
    expect(describeError(error, context)).toBe('error: No model.');
    expect(describeError(error, debugging)).toContain('run-cli.test.ts');
  });

  test('after a signal is the signal', () => {
    const signal = AbortSignal.abort(new Interrupted('SIGINT'));
    expect(describeError(new Error('cut off'), { ...context, signal })).toBe('Stopped by SIGINT.');
  });
});
