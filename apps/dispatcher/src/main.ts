/** The dispatcher: expands batches into jobs and sends webhooks. Loads no model. */
import { parseConfig, type DispatcherConfig } from './config.ts';
import { runUntilStopped } from './run.ts';

function configOrExit(): DispatcherConfig {
  try {
    return parseConfig();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

await runUntilStopped(configOrExit());
