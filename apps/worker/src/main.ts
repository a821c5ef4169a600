/**
 * The worker: takes jobs from one model's queue, parses their photos in child processes, and puts the results into S3.
 */
import { runService } from '@m2fp/service/lifecycle';
import { readConfig } from './config.ts';
import { logFields, startWorker } from './start-worker.ts';

await runService({ app: 'worker', readSettings: readConfig, logFields, start: startWorker });
