import { z } from '@hono/zod-openapi';

const mostAPage = 100;

/** Query parameters of a list, newest first. */
export const pageQuery = {
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(mostAPage)
    .default(20)
    .meta({ description: `Entries a page, at most ${mostAPage}.`, example: 20 }),
};

/** @param id an entry's id: the page begins after it */
export function cursorOf<Schema extends z.ZodType>(id: Schema) {
  return id.optional().meta({ description: '`next_cursor` of the page before.' });
}
