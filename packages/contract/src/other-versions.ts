/**
 * Two versions at once, while an installation is upgraded or rolled back: what one process writes into Redis, another
 * of an earlier or later version reads. What an earlier version wrote is always read. What a later version wrote:
 *
 * - whoever only tells others of it leaves out what it does not know (`parseKnown`);
 * - whoever has to act on it leaves it to a process of that version (`isOfLaterVersion`), which may be there already or
 *   come soon. To ignore an option would be to do something else than was asked for.
 *
 * `v` is raised only if earlier versions would misunderstand the data, which they then leave alone altogether.
 */
import type { z } from 'zod';

/** Parses a value without the fields that this version does not know. */
export function parseKnown<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.ZodSafeParseResult<z.output<Schema>> {
  const parsed = schema.safeParse(value);
  const issues = parsed.error?.issues ?? [];
  if (!issues.some(({ code }) => code === 'unrecognized_keys')) return parsed;
  const known = structuredClone(value);
  for (const issue of issues) {
    if (issue.code !== 'unrecognized_keys') continue;
    const holder = issue.path.reduce<unknown>((part, name) => (part as Record<PropertyKey, unknown>)[name], known);
    for (const key of issue.keys) Reflect.deleteProperty(holder as object, key);
  }
  return schema.safeParse(known);
}

/** The version in `v` of everything that is on queues now. */
const currentVersion = 1;

/**
 * Whether a later version may have written data that this one refuses with `error`: it says so, or all that is wrong
 * are fields and named values (of options, outputs) that are not known here.
 */
export function isOfLaterVersion(data: unknown, error: z.ZodError): boolean {
  const v = typeof data === 'object' && data !== null && 'v' in data ? data.v : undefined;
  if (typeof v !== 'number' || !Number.isInteger(v) || v < currentVersion) return false;
  return (
    v > currentVersion || error.issues.every(({ code }) => code === 'unrecognized_keys' || code === 'invalid_value')
  );
}
