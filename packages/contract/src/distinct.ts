import { z } from 'zod';

/** Some of the names, at least one. One that is repeated counts once: each would cost space in every job. */
export function distinct<Name extends string>(names: readonly Name[]) {
  return z
    .array(z.enum(names))
    .min(1)
    .max(names.length)
    .overwrite((chosen) => [...new Set(chosen)])
    .meta({ uniqueItems: true });
}
