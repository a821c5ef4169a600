/** `npm run bench:batch`: the dispatcher's memory, and its time, for the data set of a batch. */
import { machineLine } from '@m2fp/bench';
import { textTable } from '@m2fp/terminal';
import { type BatchBenchOptions, runBatchBench } from './batch-bench.ts';
import { createAbort, createBenchCommand, parseCount } from './bench-command.ts';

const command = createBenchCommand('batch', 'Measures a dispatcher that ends a batch with its `annotations.json`.')
  .option('-p, --photos <number>', 'photos of the batch', parseCount, 2_000)
  .option('-a, --annotations <number>', 'masks of each photo', parseCount, 34)
  .option('-r, --rate <number>', 'photos that are parsed per second, by a stand-in', parseCount, 50)
  .parse();
const { json, ...options } = command.opts<BatchBenchOptions & { json: boolean }>();

const report = await runBatchBench(options, createAbort().signal);
const { machine, photos, annotations, masksKb, annotationsMb, joinS, rssMb } = report;
if (json) console.log(JSON.stringify(report, null, 2));
else {
  const rows = [
    [`${photos} photos with ${annotations} masks each`, `masks.json: ${masksKb} kB`],
    ['annotations.json', `${annotationsMb} MB`],
    ['from the last photo to the batch’s end', `${joinS} s`],
    ['dispatcher, resident: idle', `${rssMb.idle} MB`],
    ['dispatcher, peak while photos are parsed', `${rssMb.whileParsing} MB`],
    ['dispatcher, peak while they are joined', `${rssMb.whileJoining} MB`],
  ];
  console.log(machineLine(machine));
  console.log(textTable({ head: ['what', 'figure'], rows, color: false }));
}
