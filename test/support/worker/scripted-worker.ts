/** A worker whose photos say what happens to them in its parser processes. */
import { tmpdir } from 'node:os';
import { runStandIn } from '../../../apps/worker/testing/run-stand-in.ts';

await runStandIn({
  module: new URL('./scripted-parser.ts', import.meta.url),
  // Gates are files there.
  reads: [import.meta.dirname, tmpdir()],
  kind: 'scripted',
  summary: 'What the photo says.',
});
