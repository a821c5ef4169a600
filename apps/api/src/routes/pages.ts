/**
 * Web pages: the page at `/`, and the API's reference at `/docs`, which is Swagger UI from its package, pointed at our
 * document. Nothing is loaded from other sites. Browsers cache the files and revalidate them on each use.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { AppError, jobIdPattern } from '@m2fp/contract';
import { pageSecurityPolicy } from '@m2fp/page';
import type { PageAsset } from '@m2fp/page';
import { Hono } from 'hono';
import type { Context } from 'hono';
import { requireAccess } from '../access/require-access.ts';
import { once, StaticContent } from '../http/compression.ts';
import type { ApiEnv } from '../http/context.ts';

export function pageRoutes(assets: ReadonlyMap<string, PageAsset>): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  for (const [path, asset] of assets) {
    const send = sender(asset);
    routes.get(path, requireAccess('public'), send);
    // The same page shows a job; whose job it is, or whether there is one, is for the API to say.
    if (path === '/') {
      routes.get('/jobs/:id', requireAccess('public'), (context) => {
        if (jobIdPattern.test(context.req.param('id'))) return send(context);
        throw new AppError('not_found', 'No job has such an id.');
      });
    }
  }
  // Photos that other apps share stay in the browser, whose service worker takes them. Without it they come here, where
  // a form from anywhere must do nothing: it is not read.
  routes.post('/page/share', requireAccess('public'), (context) => context.redirect('../?shared', 303));
  return routes;
}

function sender({ body, contentType }: PageAsset): (context: Context<ApiEnv>) => Promise<Response> {
  const content = new StaticContent(body, contentType);
  const headers = { 'cache-control': 'no-cache', 'content-security-policy': pageSecurityPolicy };
  return (context) => content.answer(context, headers);
}

export function referenceRoutes(basePath: string): Hono<ApiEnv> {
  const routes = new Hono<ApiEnv>();
  const headers = { 'cache-control': 'no-cache', 'content-security-policy': referenceSecurityPolicy };
  for (const [path, { contentType, read }] of referenceAssets(basePath)) {
    const content = once(async () => new StaticContent(await read(), contentType));
    routes.get(path, requireAccess('public'), async (context) => (await content()).answer(context, headers));
  }
  return routes;
}

interface ReferenceAsset {
  readonly contentType: string;
  readonly read: () => Promise<Uint8Array<ArrayBuffer>>;
}

/** Swagger UI sets styles from its scripts and has its icons in data URLs. */
const referenceSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

function referencePage(base: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>API reference</title>
    <link rel="icon" href="${base}/page/icon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="${base}/docs/swagger-ui.css" />
    <script src="${base}/docs/swagger-ui-bundle.js" defer></script>
    <script src="${base}/docs/start.js" defer></script>
  </head>
  <body>
    <noscript>
      This page needs scripts. The document itself is at <a href="${base}/openapi.json">${base}/openapi.json</a>.
    </noscript>
    <div id="reference"></div>
  </body>
</html>
`;
}

function referenceStart(base: string): string {
  return `SwaggerUIBundle({
  url: '${base}/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  // Do not ask a third party whether the document is valid.
  validatorUrl: null,
});
`;
}

/** By URL path, without the base path. */
function referenceAssets(base: string): ReadonlyMap<string, ReferenceAsset> {
  return new Map([
    ['/docs', fromText('text/html; charset=utf-8', referencePage(base))],
    ['/docs/start.js', fromText('text/javascript; charset=utf-8', referenceStart(base))],
    ['/docs/swagger-ui.css', fromPackage('text/css; charset=utf-8', 'swagger-ui.css')],
    ['/docs/swagger-ui-bundle.js', fromPackage('text/javascript; charset=utf-8', 'swagger-ui-bundle.js')],
  ]);
}

function fromText(contentType: string, text: string): ReferenceAsset {
  const bytes = new TextEncoder().encode(text);
  return { contentType, read: async () => bytes };
}

/** Over a megabyte: read when somebody asks for it. */
function fromPackage(contentType: string, name: string): ReferenceAsset {
  const require = createRequire(import.meta.url);
  const read = async (): Promise<Uint8Array<ArrayBuffer>> => {
    const folder = dirname(require.resolve('swagger-ui-dist/package.json'));
    return new Uint8Array(await readFile(join(folder, name)));
  };
  return { contentType, read };
}
