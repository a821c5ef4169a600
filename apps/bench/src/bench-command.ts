import { readInvocation } from '@m2fp/dev-services';
import { abortOnSignals } from '@m2fp/terminal';
import { Command, InvalidArgumentError } from 'commander';

/** The command line of `npm run bench:NAME`, with the option that all benchmarks have. */
export function createBenchCommand(name: string, description: string): Command {
  return new Command(`npm run bench:${name} --`).description(description).option('--json', 'print JSON', false);
}

/** Aborts on the first Ctrl-C, SIGTERM or closed terminal. */
export function createAbort(): AbortController {
  const controller = new AbortController();
  abortOnSignals(controller, { followParent: readInvocation().byNpm });
  return controller;
}

export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return Number(text);
}
