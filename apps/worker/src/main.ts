/** The worker: takes jobs of one model's queue, parses their photos in child processes, puts the results into S3. */
import { parseConfig, type WorkerConfig } from './config.ts';
import { runUntilStopped } from './run.ts';

function configOrExit(): WorkerConfig {
  try {
    return parseConfig();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

await runUntilStopped(configOrExit());
