/**
 * `npm run bench:page`: the web page in Chromium, by the browser's own paint timings and trace: how soon something and
 * how soon the sample is there, and how smoothly a large result is panned, zoomed and pointed at.
 */
import { describeMachine, machineLine } from '@m2fp/bench';
import { startStack } from '@m2fp/dev-services/stack';
import { textTable } from '@m2fp/terminal';
import { chromium } from 'playwright-core';
import { createAbort, createBenchCommand, parseCount } from './bench-command.ts';
import { measureLoads, measureMoves } from './page-bench.ts';

const command = createBenchCommand('page', 'Measures the web page in Chromium, with a service of its own.')
  .option('-l, --loads <number>', 'how often the page is loaded, each time with an empty cache', parseCount, 7)
  .option('-f, --frames <number>', 'frames of each movement', parseCount, 300)
  .option('--browser <path>', 'Chromium', '/usr/bin/chromium')
  .parse();
const options = command.opts<{ json: boolean; loads: number; frames: number; browser: string }>();

const { signal } = createAbort();
const stack = await startStack({ model: 'portrait', signal });
const browser = await chromium.launch({
  executablePath: options.browser,
  // In a container there is neither a sandbox for root nor a large /dev/shm.
  args: ['--no-sandbox', '--disable-dev-shm-usage'],
});
try {
  const version = browser.version();
  const loads = await measureLoads(browser, stack.apiUrl, options.loads);
  const moves = await measureMoves(browser, stack.apiUrl, options.frames);
  const machine = describeMachine();
  if (options.json) console.log(JSON.stringify({ machine, chromium: version, loads, moves }, null, 2));
  else {
    console.log(`${machineLine(machine)} · Chromium ${version}`);
    const loadRows = loads.map(({ what, ms }) => [what, ...[ms.p50, ms.max].map((value) => String(Math.round(value)))]);
    console.log(textTable({ head: ['ms after navigation', 'median', 'most'], rows: loadRows, color: false }));
    const moveRows = moves.map(({ what, framesPerSecond, dropped, mainMs }) => [
      what,
      framesPerSecond.toFixed(1),
      String(dropped),
      ...[mainMs.p50, mainMs.p99, mainMs.max].map((value) => value.toFixed(1)),
    ]);
    const head = ['12 megapixels', 'frames/s', 'dropped', 'main thread ms a frame', '99%', 'most'];
    console.log(textTable({ head, rows: moveRows, color: false }));
  }
} finally {
  await browser.close();
  await stack.stop();
}
