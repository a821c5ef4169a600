/** `npm run dev`: the whole service on this machine, each application restarted when its source changes. */
import { readInvocation } from '@m2fp/dev-services';
import { type Application, instructions, startStack } from '@m2fp/dev-services/stack';
import { abortOnSignals, Interrupted, systemFault } from '@m2fp/terminal';
import { Command } from 'commander';
import { parsePort } from './demo-options.ts';

const prefixColors: Readonly<Record<Application, number>> = { api: 36, worker: 35, dispatcher: 33 };

const command = new Command('npm run dev --')
  .description('Runs Redis, S3, the API, a worker and the dispatcher; restarts each when its source changes.')
  .option('-m, --model <name|dir...>', 'models’ names or their bundles’ folders, the default first', ['portrait'])
  .option('-p, --port <number>', 'the API’s port (default: 5000 or the next free one)', parsePort)
  .parse();
const {
  model: [model = 'portrait', ...moreModels],
  ...options
} = command.opts<{ model: string[]; port?: number }>();

const controller = new AbortController();
const { byNpm, color } = readInvocation();
abortOnSignals(controller, { followParent: byNpm });
try {
  await run(controller.signal);
} catch (error) {
  if (!(controller.signal.reason instanceof Interrupted)) {
    console.error(`error: ${systemFault(error) ?? (error instanceof Error ? error.message : String(error))}`);
    process.exitCode = 1;
  }
}

/** Runs the service until it is interrupted; resolves when everything has ended. */
async function run(signal: AbortSignal): Promise<void> {
  const stack = await startStack({
    ...options,
    ...{ model, moreModels },
    watch: true,
    signal,
    onStep: (message) => console.log(message),
    onLine: (name, line) => console.log(`${prefix(name)} ${line}`),
  });
  try {
    console.log(`\n${instructions(stack)}\nHealth of the worker: ${stack.workerHealthUrl}/healthz\n`);
    await stack.stayUp(signal);
  } finally {
    await stack.stop();
  }
}

function prefix(name: Application): string {
  const padded = name.padEnd(10);
  return color ? `\x1b[${prefixColors[name]}m${padded}\x1b[0m` : padded;
}
