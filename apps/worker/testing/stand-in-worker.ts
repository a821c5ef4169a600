/**
 * A worker whose parsers compute nothing: what is left is what the service itself costs. For benchmarks and trials,
 * started as a program of its own. `MODEL=stand-in-50` takes 50 ms a photo.
 */
import { runStandIn } from './run-stand-in.ts';

await runStandIn({
  module: new URL('./stand-in-parser.ts', import.meta.url),
  reads: [import.meta.dirname],
  kind: 'stand-in',
  summary: 'Computes nothing: it shows what the service itself costs.',
});
