import { AppError } from '@m2fp/contract';
import { parseAccept } from 'hono/utils/accept';

/**
 * The type to answer with, by `Accept` (RFC 9110): what the client likes best, and of equals the first in `offered`.
 * Throws `not_acceptable`.
 */
export function acceptedType<Type extends string>(
  accept: string | undefined,
  offered: readonly [Type, ...Type[]],
): Type {
  if (accept === undefined || accept.trim() === '') return offered[0];
  const ranges = parseAccept(accept);
  const rated = offered.map((type) => ({ type, quality: qualityOf(type, ranges) }));
  const best = rated.reduce((a, b) => (b.quality > a.quality ? b : a));
  if (best.quality > 0) return best.type;
  throw new AppError('not_acceptable', `Accept one of: ${offered.join(', ')}.`);
}

interface Range {
  readonly type: string;
  readonly q: number;
}

/** By the most specific range that has the type. */
function qualityOf(type: string, ranges: readonly Range[]): number {
  const wider = [type, `${type.split('/', 1)[0] ?? ''}/*`, '*/*'];
  for (const name of wider) {
    const range = ranges.find((entry) => entry.type.toLowerCase() === name);
    if (range !== undefined) return range.q;
  }
  return 0;
}
