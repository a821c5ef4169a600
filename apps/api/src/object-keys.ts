/**
 * Confinement of S3 keys: requests may name objects only under the caller's prefixes. S3 takes a key as is, but
 * proxies, file-system back ends and consoles in front of or behind it may normalize it. So a key that could mean a
 * different one after any such step is refused, wherever it points.
 */
import { AppError } from '@m2fp/contract';
import type { Caller } from './access/caller.ts';

/** S3's limit. */
const maxKeyBytes = 1024;
/** The longest name that a worker appends to an output prefix, with room for more. */
const outputNameBytes = 64;

/**
 * What a percent decoder would turn into a dot, slash, backslash, percent sign or control character, or (c0, c1) into
 * an overlong encoding of one.
 */
const trickyEscape = /%(?:2e|2f|5c|25|7f|c[01]|[01][0-9a-f])/i;

/** Why the key is refused, as a sentence to show; undefined if it is plain. */
export function keyFault(key: string): string | undefined {
  if (key === '') return 'The key is empty.';
  if (!key.isWellFormed()) return 'The key has an unpaired surrogate.';
  if (Buffer.byteLength(key) > maxKeyBytes) return `The key is longer than ${maxKeyBytes} bytes in UTF-8.`;
  if (/\p{Cc}/u.test(key)) return 'The key has a control character.';
  if (key.includes('\\')) return 'The key has a backslash.';
  if (trickyEscape.test(key)) return 'The key has a percent escape of a dot, slash, percent sign or control character.';
  const segments = key.split('/');
  if (segments[0] === '') return 'The key begins with a slash.';
  if (segments.slice(0, -1).includes('')) return 'The key has an empty segment (//).';
  if (segments.includes('.') || segments.includes('..')) return 'The key has a . or .. segment.';
  return undefined;
}

function isUnder(key: string, prefixes: readonly string[]): boolean {
  return prefixes.some((prefix) => key.startsWith(prefix));
}

function describe(prefixes: readonly string[]): string {
  return prefixes.map((prefix) => (prefix === '' ? 'anywhere' : prefix)).join(', ');
}

/** Throws `input_denied` for a key that the caller may not read. */
export function assertInputKey(key: string, { inputPrefixes }: Pick<Caller, 'inputPrefixes'>): void {
  const fault = keyFault(key) ?? (key.endsWith('/') ? 'The key names a folder, not an object.' : undefined);
  if (fault !== undefined) throw new AppError('input_denied', fault);
  if (isUnder(key, inputPrefixes)) return;
  throw new AppError('input_denied', `Input keys must be under: ${describe(inputPrefixes)}.`);
}

/**
 * Throws `input_denied`. A prefix need not end with a slash, but must itself be under an allowed one, so that
 * everything it lists is too.
 */
export function assertInputPrefix(prefix: string, { inputPrefixes }: Pick<Caller, 'inputPrefixes'>): void {
  const fault = keyFault(prefix);
  if (fault !== undefined) throw new AppError('input_denied', fault.replace('The key', 'The prefix'));
  if (isUnder(prefix, inputPrefixes)) return;
  throw new AppError('input_denied', `Input prefixes must be under: ${describe(inputPrefixes)}.`);
}

/** The output prefix to use, always ending with a slash. Throws `output_denied` if the caller may not write there. */
export function confineOutputPrefix(requested: string, { outputPrefixes }: Pick<Caller, 'outputPrefixes'>): string {
  const prefix = requested.endsWith('/') ? requested : `${requested}/`;
  const fault = keyFault(prefix);
  if (fault !== undefined) throw new AppError('output_denied', fault.replace('The key', 'The prefix'));
  if (Buffer.byteLength(prefix) > maxKeyBytes - outputNameBytes) {
    throw new AppError('output_denied', `The prefix is longer than ${maxKeyBytes - outputNameBytes} bytes in UTF-8.`);
  }
  if (isUnder(prefix, outputPrefixes)) return prefix;
  throw new AppError('output_denied', `Output prefixes must be under: ${describe(outputPrefixes)}.`);
}

/** Why a prefix cannot be configured: it must be a plain key that ends with a slash. */
export function prefixFault(prefix: string): string | undefined {
  if (!prefix.endsWith('/')) return 'a prefix must end with a slash';
  return keyFault(prefix);
}
