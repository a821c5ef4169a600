/** `npm run bench:load`: photos through the whole service, and how it copes. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { readInvocation, samplePhotos } from '@m2fp/dev-services';
import { collectPhotos } from '@m2fp/terminal';
import { createAbort, createBenchCommand, parseCount } from './bench-command.ts';
import { type LoadOptions, runLoad } from './load-bench.ts';
import { loadReportText, memoryPlot } from './load-report.ts';

const command = createBenchCommand(
  'load',
  'Drives the whole service with photos and reports throughput, latency, event-loop delay and memory.',
)
  .argument('[photos...]', 'photos and folders of photos (default: sample photos)')
  .option('-n, --jobs <number>', 'photos to parse, repeating the given ones', parseCount, 60)
  .option('-c, --clients <number>', 'clients, each with one photo at a time', parseCount, 4)
  .option('-w, --warm-up <number>', 'uncounted photos, before and after the idle memory is measured', parseCount, 6)
  .option('-m, --model <name|dir>', 'a model’s name or its bundle’s folder', 'portrait')
  .option('--plot <file>', 'write memory over time as SVG')
  .addHelpText('after', '\nThe worker reads its usual variables: CONCURRENCY, PARSER_PROCESSES, THREADS …')
  .parse();
const { json, plot, ...options } = command.opts<LoadOptions & { json: boolean; plot?: string }>();

const { workingDir } = readInvocation();
const named = await collectPhotos(command.args, workingDir);
const report = await runLoad({ ...options, photos: named.length > 0 ? named : samplePhotos() }, createAbort());
if (plot !== undefined) await writeFile(resolve(workingDir, plot), memoryPlot(report));
console.log(json ? JSON.stringify(report, null, 2) : loadReportText(report));
process.exitCode = report.failed === 0 ? 0 : 1;
