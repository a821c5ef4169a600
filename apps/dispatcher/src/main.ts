/** The dispatcher: expands batches into jobs and sends webhooks. Loads no model. */
// First and alone: it may start this process anew, which should not have loaded everything by then.
import '@m2fp/service/clean-start';

const [{ runService }, { readConfig }, { startDispatcher }] = await Promise.all([
  import('@m2fp/service/lifecycle'),
  import('./config.ts'),
  import('./start-dispatcher.ts'),
]);

await runService({ app: 'dispatcher', readSettings: readConfig, start: startDispatcher });
