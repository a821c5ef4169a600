/** Options that several commands have. */
import { modelNames } from '@m2fp/core/bundles';
import { InvalidArgumentError, Option } from 'commander';
import type { CliConfig } from '../config.ts';

/** `--threads`: for the network and for decoding photos. */
export function threadsOption({ threads }: CliConfig): Option {
  return new Option('--threads <n>', 'threads to compute with').argParser(wholeNumber(1, 256)).default(threads);
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
