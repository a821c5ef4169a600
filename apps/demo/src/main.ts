/** `npm run demo`: photos through the whole service on this machine, and a page that shows the results. */
import { readInvocation } from '@m2fp/dev-services';
import { abortOnSignals, Interrupted, StatusLine, systemFault } from '@m2fp/terminal';
import { parseDemoOptions } from './demo-options.ts';
import { runDemo } from './run-demo.ts';

const controller = new AbortController();
const options = parseDemoOptions(process.argv.slice(2));
const invocation = readInvocation();
const status = new StatusLine(process.stderr, invocation.isLive);
abortOnSignals(controller, { followParent: invocation.byNpm });
try {
  process.exitCode = await runDemo({ invocation, options, controller, status });
} catch (error) {
  const { reason } = controller.signal as { reason: unknown };
  // An abort surfaces as many kinds of error; its reason is what matters.
  const cause = controller.signal.aborted ? reason : error;
  status.hide();
  const message = systemFault(cause) ?? (cause instanceof Error ? cause.message : String(cause));
  console.error(cause instanceof Interrupted ? message : `error: ${message}`);
  process.exitCode = cause instanceof Interrupted ? cause.exitCode : 1;
}
