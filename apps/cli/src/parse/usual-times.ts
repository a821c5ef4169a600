/** What parsing took lately, so that the first photo of a run already says how long it will take. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeWhole } from '@m2fp/terminal';
import { z } from 'zod';

const timesSchema = z.object({ load_ms: z.number().nonnegative(), photo_ms: z.number().nonnegative() });
const fileSchema = z.record(z.string(), timesSchema);

export interface Times {
  /** Of the model, ms. */
  readonly loadMs: number;
  /** Of a photo, ms. */
  readonly photoMs: number;
}

/** What they depend on. */
export interface TimesKey {
  readonly model: string;
  readonly version: string;
  readonly threads: number;
  readonly shortSide: number;
}

/** Those that were used last stay. */
const mostEntries = 50;

function pathIn(cacheDir: string): string {
  return join(cacheDir, 'times.json');
}

function textOf({ model, version, threads, shortSide }: TimesKey): string {
  return `${model} ${version} ${threads} ${shortSide}`;
}

/** Undefined if there was no such run here. */
export async function usualTimes(cacheDir: string, key: TimesKey): Promise<Times | undefined> {
  const found = (await read(cacheDir))[textOf(key)];
  return found === undefined ? undefined : { loadMs: found.load_ms, photoMs: found.photo_ms };
}

/** Never rejects: a cache that cannot be written is no reason to fail. */
export async function rememberTimes(cacheDir: string, key: TimesKey, { loadMs, photoMs }: Times): Promise<void> {
  const text = textOf(key);
  const { [text]: _replaced, ...others } = await read(cacheDir);
  const kept = Object.entries(others).slice(1 - mostEntries);
  const entry = { load_ms: Math.round(loadMs), photo_ms: Math.round(photoMs) };
  try {
    await mkdir(cacheDir, { recursive: true });
    await writeWhole(pathIn(cacheDir), `${JSON.stringify({ ...Object.fromEntries(kept), [text]: entry })}\n`);
  } catch {
    // The next run estimates without it.
  }
}

async function read(cacheDir: string): Promise<z.infer<typeof fileSchema>> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(pathIn(cacheDir), 'utf8')));
  } catch {
    return {};
  }
}
