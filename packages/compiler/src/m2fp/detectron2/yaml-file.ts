/**
 * detectron2's configuration files: YAML 1.1, as PyYAML reads it, with `_BASE_` for the file or files that one inherits
 * from. Source: `fvcore/common/config.py`, `load_yaml_with_base`. Unlike there, no tag runs anything, and nothing is
 * fetched.
 */
import { readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { bounds } from '@m2fp/contract';
import { parseDocument } from 'yaml';
import { checkpointError, reasonOf } from '../../checkpoint/checkpoint-error.ts';

export type YamlObject = { [key: string]: unknown };

const baseKey = '_BASE_';
const { max: maxBytes } = bounds.modelJson;
const { max: maxLevels } = bounds.modelJsonDepth;
const { max: maxFiles } = bounds.modelYamlFiles;

/** A configuration with all that it inherits, and the files that it is made of, itself first. */
export interface LoadedYaml {
  readonly value: YamlObject;
  readonly files: readonly string[];
}

/**
 * Rejects with `model_unavailable`, naming the file, for a file or a base that is missing, is no YAML, is too large,
 * inherits from itself or from too many, or has a tag that would run something.
 */
export async function loadYamlWithBase(file: string): Promise<LoadedYaml> {
  const files: string[] = [];
  return { value: await load(resolve(file), [], files), files };
}

async function load(file: string, heirs: readonly string[], files: string[]): Promise<YamlObject> {
  if (heirs.includes(file)) {
    throw checkpointError(`${file} inherits from itself: ${[...heirs, file].join(' → ')} by ${baseKey}.`);
  }
  if (files.length === maxFiles)
    throw checkpointError(`${heirs[0] ?? file} inherits from more than ${maxFiles} files.`);
  files.push(file);
  const { [baseKey]: base, ...own } = await readYaml(file, heirs.at(-1));
  const merged: YamlObject = {};
  for (const name of basesOf(base, file)) {
    mergeInto(merged, await load(basePath(name, file), [...heirs, file], files), file);
  }
  mergeInto(merged, own, file);
  return merged;
}

function basesOf(base: unknown, file: string): string[] {
  if (base === undefined) return [];
  const bases: unknown[] = Array.isArray(base) ? base : [base];
  if (bases.every((name) => typeof name === 'string' && name !== '')) return bases as string[];
  throw checkpointError(`${file}: ${baseKey} is not a file’s name.`);
}

/** Relative to the file that names it; `~` is the user's home. */
function basePath(name: string, file: string): string {
  if (/^[a-z0-9]+:\/\//i.test(name)) {
    throw checkpointError(
      `${file} inherits from ${name} (${baseKey}), which is not fetched: download it, and name the file.`,
    );
  }
  if (name === '~' || name.startsWith('~/')) return join(homedir(), name.slice(1));
  return resolve(dirname(file), name);
}

async function readYaml(file: string, heir: string | undefined): Promise<YamlObject> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) {
    const advice = heir === undefined ? '' : ` ${heir} inherits from it (${baseKey}): put it there.`;
    throw checkpointError(`${file} does not exist.${advice}`);
  }
  if (!found.isFile()) throw checkpointError(`${file} is not a file.`);
  if (found.size > maxBytes) throw checkpointError(`${file} has ${found.size} bytes: more than ${maxBytes}.`);
  const value = parseYaml(file, await readFile(file, 'utf8'));
  if (isObject(value)) return value;
  throw checkpointError(`${file} is not a detectron2 configuration: it is not a mapping of keys to values.`);
}

/** Python's tuples become lists. Any other tag is refused: PyYAML would call what `!!python/object` names. */
function parseYaml(file: string, text: string): unknown {
  if (isNestedDeeply(text)) throw checkpointError(`${file} is nested more than ${maxLevels} levels deep.`);
  try {
    const document = parseDocument(text, {
      version: '1.1',
      // PyYAML takes the last of two equal keys; and to look for them takes quadratic time.
      uniqueKeys: false,
      prettyErrors: false,
      stringKeys: true,
      customTags: (tags) => [...tags, { tag: 'tag:yaml.org,2002:python/tuple', collection: 'seq' }],
    });
    const problem = document.errors[0] ?? document.warnings[0];
    if (problem !== undefined) throw new Error(problem.message.split('\n')[0]);
    return document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    throw checkpointError(`${file} cannot be read as YAML: ${reasonOf(error).slice(0, 200)}. Nothing was run.`, error);
  }
}

/** Wider than any level of nesting that is allowed, at up to 8 columns each. */
const maxIndent = 8 * maxLevels;
const manyLeaders = new RegExp(`^[ ]{${maxIndent}}[ ]*[^ ]|^[ ]*([-?:][ \\t]+){${maxLevels + 1}}`, 'm');

/** True if a text may nest too deeply for the parser, which takes more than linear time for that. */
function isNestedDeeply(text: string): boolean {
  let open = 0;
  for (const character of text) {
    if (character === '[' || character === '{') open += 1;
    else if (character === ']' || character === '}') open = Math.max(0, open - 1);
    if (open > maxLevels) return true;
  }
  return manyLeaders.test(text);
}

/** Sections merge key by key; anything else replaces what was there. */
function mergeInto(target: YamlObject, from: YamlObject, file: string): void {
  for (const [key, value] of Object.entries(from)) {
    const present = Object.hasOwn(target, key) ? target[key] : undefined;
    if (isObject(value) && present !== undefined) {
      if (!isObject(present)) throw checkpointError(`${file} makes a section of ${key}, which is a value in its base.`);
      mergeInto(present, value, file);
    } else Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
  }
}

export function isObject(value: unknown): value is YamlObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
