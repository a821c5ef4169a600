import { readFile, stat } from 'node:fs/promises';
import { bounds } from '@m2fp/contract';

/** The largest known manifest or configuration has some ten thousand bytes and 6 levels. */
const { max: maxBytes } = bounds.modelJson;
const { max: maxLevels } = bounds.modelJsonDepth;

/**
 * Reads JSON that comes with a model, which may be anyone's: what is too large or nested too deeply for the functions
 * that go through it is refused first. Throws a plain `Error` whose message continues a sentence about the file.
 */
export async function readModelJson(file: string): Promise<unknown> {
  const { size } = await stat(file);
  if (size > maxBytes) throw new Error(`it has ${size} bytes, more than ${maxBytes}`);
  const value: unknown = JSON.parse(await readFile(file, 'utf8'));
  if (levelsOf(value) > maxLevels) throw new Error(`it is nested more than ${maxLevels} levels deep`);
  return value;
}

/** How deep arrays and objects are nested; 0 for any other value. Without recursion, and no further than needed. */
function levelsOf(value: unknown): number {
  let level: unknown[] = [value];
  for (let levels = 0; levels <= maxLevels; levels++) {
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? (Object.values(one) as unknown[]) : []));
    if (level.length === 0 || level.every((one) => typeof one !== 'object' || one === null)) return levels + 1;
  }
  return maxLevels + 1;
}

/** A text that repeats what a file says, cut to what a message can show. */
export function shortened(text: string, length = 2_000): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}
