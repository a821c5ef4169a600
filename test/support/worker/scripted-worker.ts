/** The worker as it is, but for what its parser processes run: photos that say what shall happen to them. */
import { parseConfig } from '../../../apps/worker/src/config.ts';
import { runUntilStopped } from '../../../apps/worker/src/run.ts';

await runUntilStopped(parseConfig(), { parserModule: new URL('./scripted-parser.ts', import.meta.url) });
