/** The dispatcher: expands batches into jobs and sends webhooks. Loads no model. */
import { runService } from '@m2fp/service/lifecycle';
import { readConfig } from './config.ts';
import { startDispatcher } from './start-dispatcher.ts';

await runService({ app: 'dispatcher', readSettings: readConfig, start: startDispatcher });
