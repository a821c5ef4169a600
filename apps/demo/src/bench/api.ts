/** `npm run bench:api`: what the API adds to a parse, how it bears many creates at once, and how much memory that takes. */
import { abortOnSignals } from '@m2fp/terminal';
import { readConfig } from '../config.ts';
import { parseApiOptions } from './api-options.ts';
import { apiReportText } from './api-report.ts';
import { runApiBench } from './run-api-bench.ts';

const options = parseApiOptions(process.argv.slice(2));
const controller = new AbortController();
const config = readConfig();
abortOnSignals(controller, { followParent: config.byNpm });
const report = await runApiBench(options, config, controller);
console.log(options.json ? JSON.stringify(report, null, 2) : apiReportText(report));
process.exitCode = report.creates.rounds.every(({ failed }) => failed === 0) ? 0 : 1;
