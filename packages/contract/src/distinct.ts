import { z } from 'zod';

/** Some of the names, at least one and each at most once: each costs space in every job. */
export function distinct<Name extends string>(names: readonly Name[]) {
  return z
    .array(z.enum(names))
    .min(1)
    .max(names.length)
    .refine((chosen) => new Set(chosen).size === chosen.length, 'Must not repeat an entry')
    .meta({ uniqueItems: true });
}
