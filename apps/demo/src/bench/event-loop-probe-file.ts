import { readFile } from 'node:fs/promises';
import type { ProbeSample } from './event-loop-probe.ts';

/** What a probe has written so far. */
export async function readProbe(file: string): Promise<ProbeSample[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line) as ProbeSample);
}
