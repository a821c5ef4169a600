/**
 * `npm run bench:library`: what a parser of `@m2fp/core` costs the program that loads it, in that program's process and
 * in one beside it: the time to load and to parse, the longest time that the event loop was held up, and what memory is
 * left each time the parser is closed. Each form is measured in a fresh process.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { describeMachine, machineLine, percentile } from '@m2fp/bench';
import { resolveBundle } from '@m2fp/compiler/bundles';
import { defaultCacheDir } from '@m2fp/core/bundles';
import { samplePhotos } from '@m2fp/dev-services';
import { createAbort, createBenchCommand, parseCount } from './bench-command.ts';
import type { LibraryTask, LibraryTimes } from './library/load-and-close.ts';

const command = createBenchCommand('library', 'Measures the library: loading, parsing and closing again and again.')
  .argument('[photo]', 'a photo to parse', samplePhotos()[2]?.path)
  .option('-m, --model <model>', 'name or folder', 'portrait')
  .option('-n, --rounds <count>', 'how often to load and close', parseCount, 20)
  .option('-t, --threads <count>', 'threads of the network', parseCount, 2)
  .parse();
const { model, rounds, threads, json } = command.opts<{
  model: string;
  rounds: number;
  threads: number;
  json: boolean;
}>();
const [photo = ''] = command.processedArgs as [string | undefined];

const { signal } = createAbort();
const bundle = await resolveBundle(model, { cacheDir: defaultCacheDir() });
const forms = [];
for (const processes of [0, 1]) {
  const times = await measure({ bundle, photo, threads, rounds, processes });
  const median = (values: readonly number[]): number => Math.round(percentile(values, 0.5));
  forms.push({
    processes,
    loadMs: median(times.loadMs),
    parseMs: median(times.parseMs),
    longestGapMs: Math.round(Math.max(...times.gapMs)),
    rssMb: { atFirst: times.rssMb[0], halfway: times.rssMb[rounds >> 1], atTheEnd: times.rssMb.at(-1) },
  });
}
const machine = describeMachine();
if (json) console.log(JSON.stringify({ machine, model, threads, rounds, forms }));
else {
  console.log(machineLine(machine));
  for (const { processes, loadMs, parseMs, longestGapMs, rssMb } of forms) {
    const where = processes === 0 ? 'in the process ' : 'in another one ';
    console.log(`${where} load ${loadMs} ms, parse ${parseMs} ms, event loop held up for at most ${longestGapMs} ms`);
    console.log(`  after closing: ${rssMb.atFirst} MB, ${rssMb.halfway} MB halfway, ${rssMb.atTheEnd} MB at the end`);
  }
}

async function measure(task: LibraryTask): Promise<LibraryTimes> {
  const program = fileURLToPath(new URL('./library/load-and-close.ts', import.meta.url));
  const child = fork(program, [JSON.stringify(task)], { execArgv: ['--expose-gc'], signal, killSignal: 'SIGKILL' });
  const [times] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`Ended by ${String(code)}.`))),
  ])) as [LibraryTimes];
  return times;
}
