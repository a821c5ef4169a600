/** `npm run dev`: the whole service on this machine, each application restarted when its source changes. */
import { abortOnSignals, Interrupted } from '@m2fp/terminal';
import { Command } from 'commander';
import { readConfig } from './config.ts';
import { parsePort } from './demo-options.ts';
import { runDev } from './run-dev.ts';

const command = new Command('npm run dev --')
  .description('Runs Redis, S3, the API and a worker; restarts the API or the worker when its source changes.')
  .option('-m, --model <name|dir>', 'a model’s name or its bundle’s folder', 'portrait')
  .option('-p, --port <number>', 'the API’s port (default: 5000 or the next free one)', parsePort)
  .parse();
const options = command.opts<{ model: string; port?: number }>();

const controller = new AbortController();
const config = readConfig();
abortOnSignals(controller, { followParent: config.byNpm });
try {
  await runDev({ config, controller, ...options });
} catch (error) {
  const interrupted = controller.signal.reason instanceof Interrupted;
  if (!interrupted) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
