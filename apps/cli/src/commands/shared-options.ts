/** Options that several commands have. */
import { availableParallelism } from 'node:os';
import { modelNames } from '@m2fp/core/bundles';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { type CommandContext, printLine } from '../command-context.ts';
import type { CliConfig } from '../config.ts';

/** `--threads`: for the network and for decoding photos. */
export function threadsOption({ threads }: CliConfig): Option {
  return new Option('--threads <n>', 'threads to compute with').argParser(wholeNumber(1, 1_024)).default(threads);
}

/** No more threads than there are cores: more only get in each other's way. A warning says so. */
export function limitThreads(command: Command, { stderr }: Pick<CommandContext, 'stderr'>): void {
  const { threads } = command.opts<{ threads?: number }>();
  const cores = availableParallelism();
  if (threads === undefined || threads <= cores) return;
  const used = cores === 1 ? 'the one core' : `the ${cores} cores`;
  printLine(stderr, `warning: ${threads} threads would be slower than ${cores}: using ${used} of this machine.`);
  command.setOptionValue('threads', cores);
}

/** `--model`: what to parse with. */
export function modelOption(): Option {
  const description = `${modelNames.join(', ')}, or the folder of a model bundle`;
  return new Option('-m, --model <name|dir>', description).default('portrait');
}

/** A parser for options that are whole numbers in a range. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`It has to be a whole number from ${least} to ${most}.`);
  };
}
