/**
 * `npm run bench:idle`: resident memory of the API, the worker's parent process and the dispatcher, started as by
 * `npm start` and ready to serve, before any model is loaded. With `--all-in-one BUNDLE`, of everything that the image
 * with the whole service runs, its model loaded, some time after a photo.
 */
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeMachine, machineLine, toMb } from '@m2fp/bench';
import { readInvocation } from '@m2fp/dev-services';
import { startStack } from '@m2fp/dev-services/stack';
import { InvalidArgumentError } from 'commander';
import { createAbort, createBenchCommand } from './bench-command.ts';
import { allInOneText, measureAllInOne } from './idle-all-in-one.ts';
import { readProcesses, withDescendants } from './memory.ts';

const command = createBenchCommand('idle', 'Measures idle memory of the service before the model is loaded.')
  .option('--settle <seconds>', 'how long to leave it alone before measuring', parseSeconds, 5)
  .option('--all-in-one <dir>', 'instead: all that the image with the whole service runs, after a photo by this model')
  .parse();
const { settle, json, allInOne } = command.opts<{ settle: number; json: boolean; allInOne?: string }>();

const { signal } = createAbort();
// The first start bundles the programs, if need be, and keeps their compiled code for the next.
for (const start of ['first', 'second']) {
  const isReported = start === 'second';
  if (allInOne === undefined) await measure(isReported);
  else await measureWhole(resolve(readInvocation().workingDir, allInOne), isReported);
}

async function measureWhole(model: string, isReported: boolean): Promise<void> {
  const report = await measureAllInOne({ model, settleS: isReported ? settle : 0, signal });
  if (!isReported) return;
  const machine = describeMachine();
  console.log(json ? JSON.stringify({ machine, ...report }) : `${machineLine(machine)}\n${allInOneText(report)}`);
}

async function measure(isReported: boolean): Promise<void> {
  const stack = await startStack({ model: 'portrait', signal });
  try {
    await sleep(settle * 1_000, undefined, { signal });
    const all = await readProcesses();
    const processes = (['api', 'worker', 'dispatcher'] as const).map((name) => {
      const [parent, ...children] = withDescendants(all, stack.processes[name].pid);
      return { name, rssMb: toMb(parent?.rssBytes ?? 0), childProcesses: children.length };
    });
    if (!isReported) return;
    const machine = describeMachine();
    const totalMb = processes.reduce((sum, { rssMb }) => sum + rssMb, 0);
    if (json) console.log(JSON.stringify({ machine, processes, totalMb }));
    else {
      console.log(machineLine(machine));
      for (const { name, rssMb, childProcesses } of processes) {
        console.log(`${name.padEnd(10)} ${rssMb} MB resident, ${childProcesses} child processes`);
      }
      console.log(`together   ${totalMb} MB`);
    }
  } finally {
    await stack.stop();
  }
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds >= 0)) throw new InvalidArgumentError('It must be a number of seconds, 0 or more.');
  return seconds;
}
