/** A process that owns a parser pool: prints the pid of its parser process once that is busy with the given photo. */
import { parseOptionsSchema } from '@m2fp/contract';
import { ParserPool } from '../../../apps/worker/src/inference/pool.ts';

const [script = 'hang'] = process.argv.slice(2);
const none = (): void => undefined;
const pool = new ParserPool(
  {
    processes: 1,
    maxWaiting: 1,
    loadTimeoutMs: 20_000,
    maxJobs: 10,
    maxRssBytes: 2 ** 40,
    refreshAfterMs: 0,
    model: { model: 'scripted', cacheDir: undefined, threads: 1, maxImageBytes: 1_000, maxImagePixels: undefined },
    process: { moduleUrl: new URL('./scripted-parser.ts', import.meta.url).href, environment: {} },
  },
  { onStarted: none, onEnded: none, onOutput: none },
);

const parse = (photo: string): Promise<unknown> =>
  pool.parse(new TextEncoder().encode(photo), parseOptionsSchema.parse({}), {
    timeoutMs: 600_000,
    signal: new AbortController().signal,
  });
await parse('ok');
void parse(script);
const { processes } = await pool.stats();
process.stdout.write(`${processes[0]?.pid}\n`);
