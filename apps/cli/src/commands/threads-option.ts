import { InvalidArgumentError, Option } from 'commander';
import type { CliConfig } from '../config.ts';

const maxThreads = 256;

/** `--threads`: for the network and for image decoding. */
export function threadsOption({ threads }: CliConfig): Option {
  return new Option('--threads <n>', 'threads to compute with').argParser(parseThreads).default(threads);
}

function parseThreads(text: string): number {
  const threads = Number(text);
  if (/^\d+$/.test(text) && threads >= 1 && threads <= maxThreads) return threads;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${maxThreads}.`);
}
