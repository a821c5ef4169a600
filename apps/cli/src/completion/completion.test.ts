import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Argument, Command, Option } from 'commander';
import { describe, expect, test } from 'vitest';
import { readCommandTree } from './command-tree.ts';
import { scripts } from './scripts.ts';

const program = new Command('m2fp').addCommand(
  new Command('parse')
    .description("the user's photos: all")
    .argument('<photos...>')
    .option('-o, --out <dir>', 'folder')
    .option('-m, --model <name|dir>', 'model')
    .addOption(new Option('--palette <name>').choices(['cihp', 'voc']))
    .option('--outputs <names>', 'files')
    .option('--json', 'lines'),
);
const model = new Command('model').description('models');
model.addCommand(new Command('pull').addArgument(new Argument('<model>').choices(['people', 'single'])));
program.addCommand(model);
const tree = readCommandTree(program);

test('what can stand where is read from the commands', () => {
  expect(tree.map(({ path }) => path)).toEqual(['', '/parse', '/model', '/model/pull']);
  const [, parse, , pull] = tree;
  expect(parse?.argument).toEqual({ kind: 'path', words: [] });
  expect(parse?.options.map(({ flags, value }) => [flags.join(' '), value.kind])).toEqual([
    ['-o --out', 'path'],
    ['-m --model', 'path'],
    ['--palette', 'words'],
    ['--outputs', 'words'],
    ['--json', 'none'],
    ['-h --help', 'none'],
  ]);
  expect(pull?.argument).toEqual({ kind: 'words', words: ['people', 'single'] });
});

// Bash is wherever the tests run; on Windows it is another system's.
describe.skipIf(process.platform === 'win32')('bash completes', () => {
  test.each([
    ['', ['parse', 'model', 'help']],
    ['pa', ['parse']],
    ['parse --o', ['--out', '--outputs']],
    ['parse --model ', ['portrait', 'people', 'single']],
    ['parse --json -m p', ['portrait', 'people']],
    ['parse --outputs c', ['colormap', 'cutout']],
    ['parse --palette v', ['voc']],
    // Names of files are left to bash.
    ['parse ph', []],
    ['parse --out ', []],
    ['model ', ['pull', 'help']],
    ['model pull p', ['people']],
    ['model pull --', ['--help']],
  ])('m2fp %s', async (line, expected) => {
    const words = ['m2fp', ...line.split(' ')].map((word) => `'${word}'`).join(' ');
    const script = `${scripts.bash(tree)}
COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _m2fp; echo "\${COMPREPLY[*]}"`;
    const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', script]);
    expect(stdout.trim().split(' ').filter(Boolean)).toEqual(expected);
  });
});

test('descriptions cannot end the quotes that they are in', () => {
  expect(scripts.zsh(tree)).toContain(`'parse:the user'\\''s photos\\: all'`);
  expect(scripts.fish(tree)).toContain(`-a 'parse' -d 'the user\\'s photos: all'`);
});
