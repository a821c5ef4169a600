/** A user's own names for the classes of a network. */
import { checkpointError, reasonOf } from '../checkpoint/checkpoint-error.ts';
import { readFile, stat } from 'node:fs/promises';
import { bounds } from '@m2fp/contract';

const { max: maxBytes } = bounds.modelJson;
const maxNameLength = 100;

/** `readLabelNames`, which have to be as many as the classes. */
export async function readLabelsFile(file: string, classes: number): Promise<string[]> {
  const names = await readLabelNames(file);
  if (names.length === classes) return names;
  throw checkpointError(
    `${file} has ${names.length} names, but the network has ${classes} classes, with the background.`,
  );
}

/**
 * One name a class, in the order of the ids: a text with one name a line, a JSON list, or a JSON object from id to name
 * (`id2label` of Hugging Face's configurations). Rejects with `model_unavailable`, naming the file, for anything else.
 */
export async function readLabelNames(file: string): Promise<string[]> {
  const text = await readText(file);
  const names = /^\s*[[{]/.test(text) ? namesOfJson(parseJson(file, text)) : linesOf(text);
  if (names === undefined) {
    throw checkpointError(`${file} is not a list of names: one a line, a JSON list, or a JSON object from id to name.`);
  }
  const bad = names.findIndex((name) => name === '' || name.length > maxNameLength);
  if (bad >= 0) throw checkpointError(`${file}: the name of class ${bad} is empty or longer than ${maxNameLength}.`);
  return names;
}

async function readText(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true) throw checkpointError(`${file} does not exist, or is not a file.`);
  if (found.size > maxBytes) throw checkpointError(`${file} has ${found.size} bytes: more than ${maxBytes}.`);
  return readFile(file, 'utf8');
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw checkpointError(`${file} is not JSON: ${reasonOf(error).slice(0, 200)}.`, error);
  }
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  // Editors end the last line, too.
  return lines.slice(0, lines.findLastIndex((line) => line !== '') + 1);
}

function namesOfJson(value: unknown): string[] | undefined {
  const map = isMap(value) && isMap(value['id2label']) ? value['id2label'] : value;
  const names: unknown[] | undefined = Array.isArray(map) ? map : isMap(map) ? inOrder(map) : undefined;
  return names?.every((name) => typeof name === 'string') === true ? names : undefined;
}

/** Ids from 0 on without a gap. */
function inOrder(map: Record<string, unknown>): unknown[] | undefined {
  const names = Object.keys(map).map((_, id) => map[String(id)]);
  return names.includes(undefined) ? undefined : names;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
