import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ManifestOf } from '@m2fp/core/model';
import { createPredictionStore, type EvaluationSettings, type PredictionStore } from '@m2fp/evaluation';
import { writeWhole } from '@m2fp/terminal';
import { z } from 'zod';

/**
 * What predictions depend on, beside them: so that those of another model or size are never taken for these, and that
 * their classes are known.
 */
const originFile = 'eval.json';
const storedNames = z.object({ classes: z.array(z.string()).min(1).max(255) });
const maxOriginBytes = 1_000_000;

/**
 * A folder for a model's predictions. Those that are there are taken if the same model made them in the same way.
 * Throws an Error if it has others, or anything else.
 */
export async function openStore(
  dir: string,
  { name, version, files }: ManifestOf,
  settings: EvaluationSettings,
  classes: readonly string[],
): Promise<PredictionStore> {
  const model = { name, version, files: files.map(({ path, sha256 }) => ({ path, sha256 })) };
  const origin = `${JSON.stringify({ model, ...settings, classes }, null, 2)}\n`;
  await mkdir(dir, { recursive: true });
  const found = await readFile(join(dir, originFile), 'utf8').catch(() => undefined);
  if (found === undefined && (await readdir(dir)).length > 0) {
    throw new Error(`${dir} is not empty, and what is in it was not written by "m2fp eval": choose another folder.`);
  }
  if (found !== undefined && found !== origin) {
    throw new Error(`${dir} has predictions of another model, or made in another way: choose another folder.`);
  }
  if (found === undefined) await writeWhole(join(dir, originFile), origin);
  return createPredictionStore(dir, writeWhole);
}

/** Names of the classes of predictions that `openStore` kept there, by id; undefined for predictions of others. */
export async function storedClasses(dir: string): Promise<readonly string[] | undefined> {
  const path = join(dir, originFile);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || !found.isFile() || found.size > maxOriginBytes) return undefined;
  try {
    return storedNames.parse(JSON.parse(await readFile(path, 'utf8'))).classes;
  } catch {
    return undefined;
  }
}
