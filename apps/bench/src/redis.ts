/** `npm run bench:redis`: bytes of Redis per ended job, per waiting photo of a batch and per webhook delivery. */
import { describeMachine, machineLine } from '@m2fp/bench';
import { startRedis } from '@m2fp/dev-services';
import { textTable } from '@m2fp/terminal';
import { createBenchCommand, parseCount } from './bench-command.ts';
import { runRedisBench } from './redis-bench.ts';

const command = createBenchCommand('redis', 'Measures the bytes that Redis holds, in a Redis of its own.')
  .option('-n, --jobs <number>', 'jobs of each kind, and webhook deliveries', parseCount, 5_000)
  .option('-p, --photos <number>', 'photos of the batch', parseCount, 10_000)
  .option('-w, --window <number>', 'photos of the batch on the queue', parseCount, 200)
  .parse();
const { json, ...options } = command.opts<{ json: boolean; jobs: number; photos: number; window: number }>();

const redis = await startRedis({ isPrivate: true });
try {
  const figures = await runRedisBench({ url: redis.url, ...options });
  const machine = describeMachine();
  const rows = figures.map(({ what, count, bytesEach }) => [what, String(count), String(Math.round(bytesEach))]);
  if (json) console.log(JSON.stringify({ machine, figures }, null, 2));
  else {
    console.log(machineLine(machine));
    console.log(textTable({ head: ['Redis holds for', 'measured over', 'bytes each'], rows, color: false }));
  }
} finally {
  await redis.stop();
}
