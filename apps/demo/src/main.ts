/** `npm run demo`: photos through the whole service on this machine, and a page to look at what came out. */
import { abortOnSignals, Interrupted } from '@m2fp/terminal';
import { readConfig } from './config.ts';
import { parseDemoOptions } from './demo-options.ts';
import { runDemo } from './run-demo.ts';

const controller = new AbortController();
const options = parseDemoOptions(process.argv.slice(2));
const config = readConfig();
abortOnSignals(controller, { followParent: config.byNpm });
try {
  process.exitCode = await runDemo({ config, options, controller });
} catch (error) {
  const { reason } = controller.signal as { reason: unknown };
  // An abort surfaces as many kinds of error; its reason is what to tell.
  const cause = controller.signal.aborted ? reason : error;
  console.error(cause instanceof Error ? cause.message : cause);
  process.exitCode = cause instanceof Interrupted ? cause.exitCode : 1;
}
