/**
 * The worker: takes jobs from one model's queue, parses their photos in child processes, and puts the results into S3.
 */
// First and alone: it may start this process anew, which should not have loaded everything by then.
import '@m2fp/service/clean-start';

const [{ runService }, { readConfig }, { logFields, startWorker }] = await Promise.all([
  import('@m2fp/service/lifecycle'),
  import('./config.ts'),
  import('./start-worker.ts'),
]);

await runService({ app: 'worker', readSettings: readConfig, logFields, start: startWorker });
