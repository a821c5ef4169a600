/**
 * `npm run bench:attack`: what one owner's requests, jobs and webhooks have to endure while another owner tries to take
 * the service from everybody.
 */
import { createAbort, createBenchCommand, parseCount } from './bench-command.ts';
import { runAttackBench, type AttackOptions } from './attack/attack-bench.ts';
import { attackReportText, meetsGoals } from './attack/attack-report.ts';

const command = createBenchCommand(
  'attack',
  'Measures one owner’s jobs without and during an attack by another owner, with every trick at once.',
)
  .option('-s, --seconds <number>', 'how long to measure, without and during the attack', parseCount, 30)
  .option('-m, --model <name|dir>', 'a model’s name or its bundle’s folder', 'portrait')
  .parse();
const { json, ...options } = command.opts<AttackOptions & { json: boolean }>();

const report = await runAttackBench(options, createAbort().signal);
console.log(json ? JSON.stringify(report, null, 2) : attackReportText(report));
process.exitCode = meetsGoals(report) ? 0 : 1;
