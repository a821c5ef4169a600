/**
 * Which keys and prefixes are plain. S3 takes a key as is, but proxies, file-system back ends and consoles in front of
 * or behind it may normalize it. So a key that could mean a different one after any such step is refused, wherever it
 * points.
 */
import { bounds } from './limits.ts';

const maxKeyBytes = bounds.objectKey.max;

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

/** Why a prefix cannot be configured: it must be a plain key that ends with a slash. */
export function prefixFault(prefix: string): string | undefined {
  if (!prefix.endsWith('/')) return 'a prefix must end with a slash';
  return keyFault(prefix);
}
