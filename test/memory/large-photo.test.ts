import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../apps/bench/src/large-photo.ts', import.meta.url));

test.runIf(process.platform === 'linux')(
  'a 12-megapixel photo with 40 masks adds less than 150 MB after the network',
  async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [script]);
    const { masks, addedMb } = JSON.parse(stdout) as { masks: number; addedMb: number };
    expect(masks).toBe(40);
    expect(addedMb).toBeGreaterThan(20); // the two canvases alone take this much: it did measure the work
    expect(addedMb).toBeLessThan(150);
  },
);
