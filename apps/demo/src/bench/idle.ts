/**
 * `npm run bench:idle`: resident memory of the API and of the worker's parent process, ready to serve, with no model
 * loaded yet.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { readConfig } from '../config.ts';
import { abortOnSignals } from '@m2fp/terminal';
import { startStack } from '../stack/start-stack.ts';
import { describeMachine, machineLine } from '@m2fp/measure';
import { readProcesses, withDescendants } from './process-memory.ts';

const command = new Command('npm run bench:idle --')
  .description('Measures the idle memory of the API and the worker before the model is loaded.')
  .option('--settle <seconds>', 'how long they are left alone before', parseSeconds, 5)
  .option('--json', 'print JSON', false)
  .parse();
const { settle, json } = command.opts<{ settle: number; json: boolean }>();

const controller = new AbortController();
const config = readConfig();
abortOnSignals(controller, { followParent: config.byNpm });
const { signal } = controller;
const stack = await startStack({ config, model: 'portrait', signal, onStep: () => undefined });
try {
  await sleep(settle * 1_000, undefined, { signal });
  const all = await readProcesses();
  const rows = (['api', 'worker', 'dispatcher'] as const).map((name) => {
    const tree = withDescendants(all, stack.processes[name].pid);
    const [parent, ...children] = tree.map(({ rssBytes }) => Math.round(rssBytes / 1e6));
    return { name, rssMb: parent ?? 0, childProcesses: children.length };
  });
  const machine = describeMachine();
  if (json) console.log(JSON.stringify({ machine, processes: rows }));
  else {
    console.log(machineLine(machine));
    for (const { name, rssMb, childProcesses } of rows) {
      console.log(`${name.padEnd(10)} ${rssMb} MB resident, ${childProcesses} child processes`);
    }
  }
} finally {
  await stack.stop();
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 0)) throw new InvalidArgumentError('Seconds are 0 or more.');
  return seconds;
}
