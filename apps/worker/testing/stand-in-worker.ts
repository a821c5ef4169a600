/**
 * The real worker, except that its parsers compute nothing: what is left is what the service itself costs. For
 * benchmarks and trials, started as a program of its own. `MODEL=stand-in-50` takes 50 ms a photo.
 */
// As in the worker's own `main.ts`.
import '@m2fp/service/clean-start';
import { runService } from '@m2fp/service/lifecycle';
import { readConfig } from '../src/config.ts';
import { logFields, startWorker } from '../src/start-worker.ts';

const standIn = {
  module: new URL('./stand-in-parser.ts', import.meta.url),
  reads: [import.meta.dirname],
  card: {
    v: 1 as const,
    kind: 'stand-in',
    version: '1',
    summary: 'Computes nothing: it shows what the service itself costs.',
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
