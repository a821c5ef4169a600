import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { z } from 'zod';
import type { CommandContext } from './command-context.ts';
import { createBenchCommand } from './commands/bench.ts';
import { createEvalCommand } from './commands/eval.ts';
import { createExportCommand } from './commands/export.ts';
import { createKeysCommand } from './commands/keys.ts';
import { createModelCommand } from './commands/model.ts';
import { createParseCommand } from './commands/parse.ts';
import { createServeCommand } from './commands/serve.ts';

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

/** All commands. They throw `CommanderError` instead of exiting the process. */
export function createProgram(context: CommandContext): Command {
  const program = new Command('m2fp')
    .description('Human parsing with M2FP on ordinary CPU machines: photos in; masks, label maps and people out.')
    .version(readVersion())
    .addHelpText('after', help)
    .addCommand(createParseCommand(context))
    .addCommand(createServeCommand(context))
    .addCommand(createExportCommand(context))
    .addCommand(createModelCommand(context))
    .addCommand(createEvalCommand(context))
    .addCommand(createKeysCommand(context))
    .addCommand(createBenchCommand(context));
  prepare(program, context);
  return program;
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
