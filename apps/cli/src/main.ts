/** `m2fp`: the composition root. See docs/cli.md. */
import { abortOnSignals, faultInWords, StatusLine } from '@m2fp/terminal';
import { exitCodes, printLine } from './command-context.ts';
import { isRunByNpm, readConfig } from './config.ts';
import { runCli } from './run-cli.ts';

followOutput();
const controller = new AbortController();
const unfinished = {};
abortOnSignals(controller, { followParent: isRunByNpm(), unfinished });
try {
  const config = readConfig();
  const status = new StatusLine(process.stderr, config.isLive);
  const { stdin, stdout, stderr } = process;
  const context = { config, stdin, stdout, stderr, status, unfinished, signal: controller.signal };
  process.exitCode = await runCli(process.argv.slice(2), context);
} catch (error) {
  printLine(process.stderr, `error: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = exitCodes.failed;
}

/** What writes to a pipe or a file can fail at any time, without anybody waiting for it. */
function followOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // A reader of our output may stop early (`m2fp … | head`), which is not an error.
    if (error.code === 'EPIPE') process.exit(exitCodes.ok);
    printLine(process.stderr, `error: Standard output cannot be written: ${faultInWords(error)}.`);
    process.exit(exitCodes.failed);
  });
  // There is nobody left to tell.
  process.stderr.on('error', () => undefined);
}
