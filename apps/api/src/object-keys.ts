/**
 * Confinement of S3 keys: requests may name objects only under the caller's prefixes.
 */
import { AppError, bounds, keyFault } from '@m2fp/contract';
import type { Caller } from './access/caller.ts';

/** The longest name that a worker appends to an output prefix, with room for more. */
const outputNameBytes = 64;

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
  if (Buffer.byteLength(prefix) > bounds.objectKey.max - outputNameBytes) {
    throw new AppError(
      'output_denied',
      `The prefix is longer than ${bounds.objectKey.max - outputNameBytes} bytes in UTF-8.`,
    );
  }
  if (isUnder(prefix, outputPrefixes)) return prefix;
  throw new AppError('output_denied', `Output prefixes must be under: ${describe(outputPrefixes)}.`);
}
