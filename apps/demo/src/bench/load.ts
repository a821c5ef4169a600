/** `npm run bench:load`: photos through the whole service, and how it bore them. */
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { abortOnSignals } from '@m2fp/terminal';
import { readConfig } from '../config.ts';
import { parseLoadOptions } from './load-options.ts';
import { loadReportText, memoryPlot } from './load-report.ts';
import { runLoad } from './run-load.ts';

const options = parseLoadOptions(process.argv.slice(2));
const controller = new AbortController();
const config = readConfig();
abortOnSignals(controller, { followParent: config.byNpm });
const report = await runLoad(options, config, controller);
if (options.plot !== undefined) await writeFile(resolve(config.workingDir, options.plot), memoryPlot(report));
console.log(options.json ? JSON.stringify(report, null, 2) : loadReportText(report));
process.exitCode = report.failed === 0 ? 0 : 1;
