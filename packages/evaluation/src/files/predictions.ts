/**
 * Predictions on disk, as the authors' code writes them: `semantic/NAME.png`; `part/NAME.png` with `NAME.json`,
 * `human/NAME.png` with `NAME.json`; `parsing/parsing/NAME.png`, `parsing/ids/NAME.png` and `parsing/info/NAME.json`.
 */
import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AppError } from '@m2fp/contract';
import { z } from 'zod';
import type { Detection, FoundPart, PhotoPrediction } from '../metrics/photo.ts';
import { encodeIdPng, readIdPng } from './id-png.ts';

/** Far more than 255 entries have. */
const maxJsonBytes = 4_000_000;

/** Python writes NaN, which JSON does not have. */
const scoreSchema = z.union([z.number(), z.literal('NaN').transform(() => Number.NaN), z.coerce.number()]);
const idSchema = z.int();
const partsSchema = z.array(z.object({ category_id: idSchema, score: scoreSchema, part_id: idSchema }));
const peopleSchema = z.array(z.object({ score: scoreSchema, human_id: idSchema }));
const parsingSchema = z.array(z.object({ score: scoreSchema, parsing_id: idSchema }));

export interface Predictions {
  readonly dir: string;
  /** The folders that are missing. */
  readonly missing: readonly string[];
  /** What was predicted for a photo; nothing if it was not parsed. Throws `invalid_request`, `image_unreadable`. */
  readonly read: (name: string) => Promise<PhotoPrediction>;
}

/** Throws `input_not_found` for a folder that holds none. */
export async function openPredictions(dir: string): Promise<Predictions> {
  const root = resolve(dir);
  const folders = ['semantic', 'part', 'human', 'parsing'];
  const missing: string[] = [];
  for (const folder of folders) if (!(await exists(join(root, folder)))) missing.push(folder);
  if (missing.length < folders.length) return { dir: root, missing, read: (name) => readPrediction(root, name) };
  throw new AppError('input_not_found', `${dir} has none of the folders of predictions: ${folders.join(', ')}.`);
}

/** Writes a file completely or not at all. */
export type WriteWhole = (path: string, content: Uint8Array | string) => Promise<void>;

/** A folder that predictions are written to, so that they need not be made again. */
export interface PredictionStore extends Pick<Predictions, 'read'> {
  has(name: string): Promise<boolean>;
  write(name: string, prediction: Required<PhotoPrediction>): Promise<void>;
}

export function createPredictionStore(dir: string, writeWhole: WriteWhole): PredictionStore {
  const root = resolve(dir);
  const write = async (path: string, content: Uint8Array | string): Promise<void> => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeWhole(join(root, path), content);
  };
  const rows = (name: string, found: readonly object[]): string =>
    JSON.stringify(found.map((row) => ({ img_name: name, ...row })));
  return {
    read: (name) => readPrediction(root, name),
    // Written last: whatever has it has all.
    has: (name) => exists(join(root, lastFile(name))),
    write: async (name, { semantic, parts, people, parsing }) => {
      await write(`semantic/${name}.png`, await encodeIdPng(semantic));
      await write(`part/${name}.png`, await encodeIdPng(parts.map));
      await write(`part/${name}.json`, rows(name, parts.found.map(partRow)));
      await write(`human/${name}.png`, await encodeIdPng(people.map));
      await write(`human/${name}.json`, rows(name, people.found.map(personRow)));
      await write(`parsing/parsing/${name}.png`, await encodeIdPng(parsing.categories));
      await write(`parsing/ids/${name}.png`, await encodeIdPng(parsing.people));
      await write(lastFile(name), rows(name, parsing.found.map(parsingRow)));
    },
  };
}

function lastFile(name: string): string {
  return `parsing/info/${name}.json`;
}

function partRow({ id, classId, score }: FoundPart): object {
  return { category_id: classId, score, part_id: id };
}

function personRow({ id, score }: Detection): object {
  return { score, human_id: id };
}

function parsingRow({ id, score }: Detection): object {
  return { parsing_id: id, score };
}

async function readPrediction(root: string, name: string): Promise<PhotoPrediction> {
  const at = (folder: string, extension: string): string => join(root, folder, `${name}.${extension}`);
  const semantic = at('semantic', 'png');
  const partsFound = await readList(at('part', 'json'), partsSchema);
  const peopleFound = await readList(at('human', 'json'), peopleSchema);
  const parsingFound = await readList(at('parsing/info', 'json'), parsingSchema);
  return {
    ...((await exists(semantic)) && { semantic: await readIdPng(semantic, 255) }),
    ...(partsFound !== undefined && {
      parts: { map: await readIdPng(at('part', 'png')), found: partsFound.map(foundPart) },
    }),
    ...(peopleFound !== undefined && {
      people: {
        map: await readIdPng(at('human', 'png')),
        found: peopleFound.map(({ human_id: id, score }): Detection => ({ id, score })),
      },
    }),
    ...(parsingFound !== undefined && {
      parsing: {
        categories: await readIdPng(at('parsing/parsing', 'png'), 255),
        people: await readIdPng(at('parsing/ids', 'png')),
        found: parsingFound.map(({ parsing_id: id, score }): Detection => ({ id, score })),
      },
    }),
  };
}

function foundPart({ category_id: classId, score, part_id: id }: z.infer<typeof partsSchema>[number]): FoundPart {
  return { classId, score, id };
}

/** undefined if there is no such file. */
async function readList<T>(path: string, schema: z.ZodType<T>): Promise<T | undefined> {
  if (!(await exists(path))) return undefined;
  const { size } = await stat(path);
  if (size > maxJsonBytes) throw invalid(path, `it has ${size} bytes, at most ${maxJsonBytes} are allowed`);
  const text = await readFile(path, 'utf8');
  try {
    return schema.parse(JSON.parse(text.replace(/(?<="score": ?)NaN/g, '"NaN"')));
  } catch (cause) {
    throw invalid(path, cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause), cause);
  }
}

function invalid(path: string, why: string, cause?: unknown): AppError {
  return new AppError('invalid_request', `${path} is not a list of what was found: ${why}.`, { cause });
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
