/** A photo's own name: what it is called in COCO data sets, and by which other tools find it. */
import type { JobData } from './job.ts';
import { bounds } from './limits.ts';

const utf8 = new TextEncoder();
/** Controls, line ends, halves of characters, and what makes text run the other way. */
const unwanted = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u202a-\u202e\u2066-\u2069]/gu;
/** Longer ones are no file name's ending. */
const longestEnding = 16;

/** A file's name as somebody gave it, without folders and controls; undefined if nothing is left. */
export function photoNameOf(given: string): string | undefined {
  const base = given.split(/[\\/]/).at(-1) ?? '';
  // Beyond that, nothing is kept: a quick bound before the work.
  const name = shortened(
    base
      .slice(-4 * bounds.photoName.max)
      .replace(unwanted, '')
      .trim(),
  );
  return name === '' || name === '.' || name === '..' ? undefined : name;
}

/** The name of the photo of a job: as it was given, or the last part of its key. */
export function nameOfInput({ key, name }: Pick<JobData['input'], 'key' | 'name'>): string | undefined {
  return name ?? photoNameOf(key);
}

/** The name in a URL's path; undefined if there is none. */
export function nameInUrl(url: string): string | undefined {
  const { pathname = '' } = URL.parse(url) ?? {};
  try {
    return photoNameOf(decodeURIComponent(pathname));
  } catch {
    return photoNameOf(pathname);
  }
}

/** To the bytes that a name may have; its ending stays. */
function shortened(name: string): string {
  const { max } = bounds.photoName;
  if (bytesOf(name) <= max) return name;
  const dot = name.lastIndexOf('.');
  const ending = dot > 0 && bytesOf(name.slice(dot)) <= longestEnding ? name.slice(dot) : '';
  let stem = '';
  let room = max - bytesOf(ending);
  for (const character of name.slice(0, name.length - ending.length)) {
    room -= bytesOf(character);
    if (room < 0) break;
    stem += character;
  }
  return stem + ending;
}

function bytesOf(text: string): number {
  return utf8.encode(text).byteLength;
}

/**
 * The folder that keys have in common, with its slash; empty if it is none. Photos of a set are called by their keys
 * from there on.
 * @param folder that of the keys before, undefined for the first
 */
export function commonFolder(folder: string | undefined, key: string): string {
  let common = folder ?? key.slice(0, key.lastIndexOf('/') + 1);
  while (!key.startsWith(common)) common = common.slice(0, common.slice(0, -1).lastIndexOf('/') + 1);
  return common;
}
