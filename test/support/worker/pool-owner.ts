/**
 * A process that owns a parser pool: `pool-owner.ts <photo> <mode of the sandbox>`. Prints the pid of its parser
 * process once that is busy with the photo.
 */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseOptionsSchema } from '@m2fp/contract';
import { ParserPool } from '@m2fp/core/process';
import { createSandbox } from '../../../apps/worker/src/sandbox/sandbox.ts';

const [script = 'hang', mode = 'off'] = process.argv.slice(2);
const module = { moduleUrl: new URL('./scripted-parser.ts', import.meta.url).href, environment: {} };
const sandbox = await createSandbox(
  { mode: mode === 'off' ? 'off' : 'auto', uid: 59_999, gid: 59_999 },
  { ...module, reads: [dirname(fileURLToPath(import.meta.url))], modelPath: undefined },
);
const none = (): void => undefined;
const pool = new ParserPool(
  {
    processes: 1,
    maxWaiting: 1,
    loadTimeoutMs: 20_000,
    maxJobs: 10,
    maxRssBytes: 2 ** 40,
    refreshAfterMs: 0,
    model: { threads: 1, maxImageBytes: 1_000, maxImagePixels: undefined },
    bundles: { find: async () => 'scripted', forget: none },
    launcher: () => sandbox.launcher(),
    process: module,
  },
  { onStarted: none, onEnded: none, onOutput: none },
);

const parse = (photo: string): Promise<unknown> =>
  pool.parse({ bytes: new TextEncoder().encode(photo) }, parseOptionsSchema.parse({}), {
    timeoutMs: 600_000,
    signal: new AbortController().signal,
  });
await parse('ok');
void parse(script);
const { processes } = await pool.stats();
process.stdout.write(`${processes[0]?.pid}\n`);
