import { createHash } from 'node:crypto';
import { pageSecurityPolicy } from '@m2fp/page';
import type { PageAsset } from '@m2fp/page';
import { Hono } from 'hono';
import type { ApiEnv } from '../http/context.ts';

/** The web page: `/` and what it loads. Browsers keep the files and ask each time whether they are still the same. */
export function pageRoutes(assets: ReadonlyMap<string, PageAsset>): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  for (const [path, { body, contentType }] of assets) {
    const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
    const headers = { etag, 'cache-control': 'no-cache', 'content-security-policy': pageSecurityPolicy };
    routes.get(path, (context) => {
      if (context.req.header('if-none-match') === etag) return context.body(null, 304, headers);
      return context.body(body, 200, { ...headers, 'content-type': contentType });
    });
  }
  return routes;
}
