/** The real worker, except for what its parser processes run: photos that say what happens to them. */
// As in the worker's own `main.ts`.
import '@m2fp/service/clean-start';
import { tmpdir } from 'node:os';
import { runService } from '@m2fp/service/lifecycle';
import { readConfig } from '../../../apps/worker/src/config.ts';
import { logFields, startWorker } from '../../../apps/worker/src/start-worker.ts';

const standIn = {
  module: new URL('./scripted-parser.ts', import.meta.url),
  // Gates are files there.
  reads: [import.meta.dirname, tmpdir()],
  card: {
    v: 1 as const,
    kind: 'scripted',
    version: '1',
    summary: 'What the photo says.',
    labels: [{ id: 1, name: 'hair', title: 'hair', role: 'part' as const, color: '#00ff00' }],
    license: 'MIT',
    synthetic: true,
    non_commercial: false,
  },
};

await runService({
  app: 'worker',
  readSettings: readConfig,
  logFields,
  start: (config, options) => startWorker(config, { ...options, standIn }),
});
