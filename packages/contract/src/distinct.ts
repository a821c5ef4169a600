import { z } from 'zod';

/** Some of the names, at least one and each at most once: each costs space in every job. */
export function distinct<Name extends string>(names: readonly Name[]) {
  return distinctItems(z.enum(names), names.length).min(1);
}

/** At most `max` values, each at most once. */
export function distinctItems<Item extends z.ZodType>(item: Item, max: number) {
  return z
    .array(item)
    .max(max)
    .refine((chosen) => new Set(chosen).size === chosen.length, 'Must not repeat an entry')
    .meta({ uniqueItems: true });
}
