/**
 * Where in the bucket a key may read and write. Every owner has a folder of their own under each prefix that the API
 * allows; a key may be given other prefixes, and then two owners may meet.
 */
import type { KeyGrant, KeyRecord } from './key-record.ts';
import { isValid } from './key-record.ts';

/** What the API allows at most. Each prefix ends with a slash, or is empty for the whole bucket. */
export interface PrefixSettings {
  /** S3 keys that jobs may read. */
  readonly inputPrefixes: readonly string[];
  /** Under it, each owner's uploads have a folder. */
  readonly uploadPrefix: string;
  /** Under it, each owner's results have a folder, unless the request says otherwise. */
  readonly outputPrefix: string;
  /** Where jobs may write. */
  readonly outputPrefixes: readonly string[];
}

/** Each ends with a slash. */
export interface Prefixes {
  readonly inputPrefixes: readonly string[];
  readonly outputPrefixes: readonly string[];
  /** Where the owner's uploads go; always among the input prefixes. */
  readonly uploadPrefix: string;
  /** Where results go if the request does not say. */
  readonly defaultOutputPrefix: string;
}

type Grant = Pick<KeyGrant, 'owner' | 'input_prefixes' | 'output_prefixes'>;

/** A key that may not write to its owner's default output prefix writes to its own first prefix by default. */
export function prefixesOf(grant: Grant, settings: PrefixSettings): Prefixes {
  const { owner, input_prefixes: input, output_prefixes: output } = grant;
  const { uploadPrefix, defaultOutputPrefix } = foldersOf(owner, settings);
  // The folder of everybody's uploads is nobody's to read.
  const readable = settings.inputPrefixes.filter((prefix) => prefix !== settings.uploadPrefix);
  const inputs = commonPrefixes(readable, input, owner);
  const outputs = commonPrefixes(settings.outputPrefixes, output, owner);
  const isDefaultAllowed = outputs.some((prefix) => defaultOutputPrefix.startsWith(prefix));
  return {
    inputPrefixes: [...new Set([...inputs, uploadPrefix])],
    outputPrefixes: outputs,
    uploadPrefix,
    defaultOutputPrefix: isDefaultAllowed ? defaultOutputPrefix : (outputs[0] ?? defaultOutputPrefix),
  };
}

export function foldersOf(
  owner: string,
  { uploadPrefix, outputPrefix }: PrefixSettings,
): Pick<Prefixes, 'uploadPrefix' | 'defaultOutputPrefix'> {
  return { uploadPrefix: `${uploadPrefix}${owner}/`, defaultOutputPrefix: `${outputPrefix}${owner}/` };
}

/**
 * The prefixes that both the API and a key allow.
 * @param allowed by the API
 * @param granted to the key; null = the owner's folder under each of `allowed`
 */
function commonPrefixes(allowed: readonly string[], granted: readonly string[] | null, owner: string): string[] {
  if (granted === null) return allowed.map((prefix) => `${prefix}${owner}/`);
  const narrower = granted.filter((prefix) => allowed.some((wider) => prefix.startsWith(wider)));
  const whole = allowed.filter((prefix) => granted.some((wider) => prefix.startsWith(wider)));
  return [...new Set([...narrower, ...whole])];
}

/** Two owners who would meet under a prefix. */
export interface SharedPrefix {
  readonly prefix: string;
  readonly owner: string;
  readonly theirs: string;
}

/**
 * Where a new key could read or write what belongs to another owner, or the other way around. Keys that are no longer
 * valid count too: what their owners stored is still there.
 */
export function sharedPrefixes(grant: Grant, keys: readonly KeyRecord[], settings: PrefixSettings): SharedPrefix[] {
  const mine = placesOf(grant, settings);
  return keys
    .filter(({ owner }) => owner !== grant.owner)
    .flatMap((record) => {
      const isMine = (theirs: string): string | undefined => mine.find((prefix) => overlap(prefix, theirs));
      // A key that opens nothing anymore still has an owner, whose folders stay theirs.
      const theirs = isValid(record) ? placesOf(record, settings) : Object.values(foldersOf(record.owner, settings));
      return theirs.flatMap((place) => {
        const prefix = isMine(place);
        return prefix === undefined ? [] : [{ prefix, owner: record.owner, theirs: place }];
      });
    });
}

function placesOf(grant: Grant, settings: PrefixSettings): string[] {
  const { inputPrefixes, outputPrefixes } = prefixesOf(grant, settings);
  return [...new Set([...inputPrefixes, ...outputPrefixes])];
}

function overlap(a: string, b: string): boolean {
  return a.startsWith(b) || b.startsWith(a);
}
