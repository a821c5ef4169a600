import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { z } from 'zod';
import type { CommandContext } from './command-context.ts';
import { limitThreads } from './commands/shared-options.ts';

/**
 * All commands, in the order of help. Each is loaded when it is named, and only then: nobody should wait for the code
 * of all others.
 */
const commands: Readonly<Record<string, CommandEntry>> = {
  parse: {
    summary: 'parse photos: find people and their parts',
    load: async (context) => (await import('./commands/parse.ts')).createParseCommand(context),
  },
  serve: {
    summary: 'run the whole service on this machine',
    load: async (context) => (await import('./commands/serve.ts')).createServeCommand(context),
  },
  export: {
    summary: 'turn results into a data set for another tool',
    load: async (context) => (await import('./commands/export.ts')).createExportCommand(context),
  },
  model: {
    summary: 'fetch, convert, inspect and check models',
    load: async (context) => (await import('./commands/model.ts')).createModelCommand(context),
  },
  eval: {
    summary: 'measure how good a model is: mIoU, APr, APp, PCP, APh',
    load: async (context) => (await import('./commands/eval.ts')).createEvalCommand(context),
  },
  keys: {
    summary: 'create, list, rotate and revoke API keys',
    load: async (context) => (await import('./commands/keys.ts')).createKeysCommand(context),
  },
  bench: {
    summary: 'measure the time and memory that a model takes on this machine',
    load: async (context) => (await import('./commands/bench.ts')).createBenchCommand(context),
  },
  completion: {
    summary: 'print a script that completes command lines in bash, zsh or fish',
    load: async (context) => {
      const { createCompletionCommand } = await import('./commands/completion.ts');
      return createCompletionCommand(context, () => createWholeProgram(context));
    },
  },
};

interface CommandEntry {
  readonly summary: string;
  load(context: CommandContext): Promise<Command>;
}

const help = `
Examples:
  m2fp parse photo.jpg --out results
  m2fp parse photos/ --model people --json > results.jsonl
  m2fp serve --port 5000
  m2fp export results --format yolo --out dataset
  m2fp model pull people
  m2fp model convert checkpoint/ --out bundle/
  m2fp eval --model people --dataset CIHP

Exit codes: 0 success; 1 something failed (a photo, a check, a model); 2 invalid command line; 130 and 143 stopped by
Ctrl-C and SIGTERM, which is how "serve" ends with 0.

Environment: M2FP_CACHE_DIR (where models are kept), THREADS (like --threads), REDIS_URL and QUEUE_PREFIX (for keys),
S3_ENDPOINT and others (for s3://bucket/prefix), NO_COLOR, M2FP_DEBUG=1 (stack traces).`;

/** For one command line. Commands throw `CommanderError` instead of exiting the process. */
export async function createProgram(args: readonly string[], context: CommandContext): Promise<Command> {
  const named = args.find((arg) => Object.hasOwn(commands, arg));
  return createWith((name) => name === named, context);
}

/** With all commands in full. */
export function createWholeProgram(context: CommandContext): Promise<Command> {
  return createWith(() => true, context);
}

async function createWith(isWanted: (name: string) => boolean, context: CommandContext): Promise<Command> {
  const program = new Command('m2fp')
    .description('Human parsing with M2FP on ordinary CPU machines: photos in; masks, label maps and people out.')
    .version(readVersion())
    .addHelpText('after', help);
  for (const [name, entry] of Object.entries(commands)) {
    const command = isWanted(name) ? await entry.load(context) : new Command(name);
    program.addCommand(command.description(entry.summary));
  }
  prepare(program, context);
  return program.hook('preAction', (_program, command) => limitThreads(command, context));
}

/** Commander passes settings only to subcommands that it creates itself. */
function prepare(command: Command, context: CommandContext): void {
  command
    .exitOverride()
    .showHelpAfterError(`(try: ${commandPath(command)} --help)`)
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
    });
  for (const part of command.commands) prepare(part, context);
}

function commandPath(command: Command): string {
  return command.parent === null ? command.name() : `${commandPath(command.parent)} ${command.name()}`;
}

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version;
}
