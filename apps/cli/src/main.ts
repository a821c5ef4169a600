/** `m2fp`: the composition root. See docs/cli.md. */
import { abortOnSignals } from '@m2fp/terminal';
import { exitCodes, printLine } from './command-context.ts';
import { isRunByNpm, readConfig } from './config.ts';
import { runCli } from './run-cli.ts';

// A reader of our output may stop early (`m2fp … | head`), which is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const controller = new AbortController();
abortOnSignals(controller, { followParent: isRunByNpm() });
try {
  process.exitCode = await runCli(process.argv.slice(2), {
    config: readConfig(),
    stdout: process.stdout,
    stderr: process.stderr,
    signal: controller.signal,
  });
} catch (error) {
  printLine(process.stderr, `error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = exitCodes.failed;
}
