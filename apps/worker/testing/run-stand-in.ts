/** The real worker, except for what its parser processes run: for tests, benchmarks and trials. */
// As in the worker's own `main.ts`.
import '@m2fp/service/clean-start';
import { runService } from '@m2fp/service/lifecycle';
import { readConfig } from '../src/config.ts';
import { logFields, startWorker } from '../src/start-worker.ts';

export interface StandInParser {
  /** A `ParserModule`. It gets the model's name as its bundle. */
  readonly module: URL;
  /** Files and folders that it reads. */
  readonly reads: readonly string[];
  /** As a card tells of a model. */
  readonly kind: string;
  readonly summary: string;
}

export async function runStandIn({ module, reads, kind, summary }: StandInParser): Promise<void> {
  const card = {
    ...{ v: 1 as const, kind, version: '1', summary, license: 'MIT', synthetic: true, non_commercial: false },
    labels: [{ id: 1, name: 'hair', title: 'hair', role: 'part' as const, color: '#00ff00' }],
  };
  await runService({
    app: 'worker',
    readSettings: readConfig,
    logFields,
    start: (config, options) => startWorker(config, { ...options, standIn: { module, reads, card } }),
  });
}
