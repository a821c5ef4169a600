import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

export interface Gate {
  /** The scripted photo that keeps its parser process busy until the gate is opened. */
  readonly photo: string;
  open(): Promise<void>;
}

/** Keeps photos busy for as long as the test wants, however fast or slow the machine is. */
export function createGate(): Gate {
  const path = join(tmpdir(), `m2fp-gate-${randomUUID()}`);
  onTestFinished(() => rm(path, { force: true }));
  return { photo: `wait ${path}`, open: () => writeFile(path, '') };
}
