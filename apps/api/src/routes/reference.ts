import { createHash } from 'node:crypto';
import { Hono } from 'hono';
import type { ApiEnv } from '../http/context.ts';
import { referenceAssets, referenceSecurityPolicy } from '../reference/reference-assets.ts';

/** `/docs`: the reference page and what it loads. Browsers keep the files and ask whether they are still the same. */
export function referenceRoutes(): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  for (const [path, { contentType, read }] of referenceAssets) {
    let etag: string | undefined;
    routes.get(path, async (context) => {
      const headers = { 'cache-control': 'no-cache', 'content-security-policy': referenceSecurityPolicy };
      if (etag !== undefined && context.req.header('if-none-match') === etag) {
        return context.body(null, 304, { ...headers, etag });
      }
      const body = await read();
      etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
      return context.body(body, 200, { ...headers, etag, 'content-type': contentType });
    });
  }
  return routes;
}
