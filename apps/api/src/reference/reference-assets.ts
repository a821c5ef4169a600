/** The API's reference page: Swagger UI from its package, told to load our document. Nothing comes from elsewhere. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export interface ReferenceAsset {
  readonly contentType: string;
  readonly read: () => Promise<Uint8Array<ArrayBuffer>>;
}

/** Swagger UI sets styles from its scripts, and has its icons in data URLs. */
export const referenceSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const page = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>API reference</title>
    <link rel="icon" href="/page/icon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="/docs/swagger-ui.css" />
    <script src="/docs/swagger-ui-bundle.js" defer></script>
    <script src="/docs/start.js" defer></script>
  </head>
  <body>
    <noscript>This page needs scripts. The document itself is at <a href="/openapi.json">/openapi.json</a>.</noscript>
    <div id="reference"></div>
  </body>
</html>
`;

const start = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#reference',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  // Asks nobody whether the document is valid.
  validatorUrl: null,
});
`;

function fromText(contentType: string, text: string): ReferenceAsset {
  const bytes = new TextEncoder().encode(text);
  return { contentType, read: async () => bytes };
}

/** Read at the first request and not kept: it is over a megabyte, and browsers keep it. */
function fromPackage(contentType: string, name: string): ReferenceAsset {
  const require = createRequire(import.meta.url);
  return {
    contentType,
    read: async () => {
      const folder = dirname(require.resolve('swagger-ui-dist/package.json'));
      return new Uint8Array(await readFile(join(folder, name)));
    },
  };
}

/** By URL path. */
export const referenceAssets: ReadonlyMap<string, ReferenceAsset> = new Map([
  ['/docs', fromText('text/html; charset=utf-8', page)],
  ['/docs/start.js', fromText('text/javascript; charset=utf-8', start)],
  ['/docs/swagger-ui.css', fromPackage('text/css; charset=utf-8', 'swagger-ui.css')],
  ['/docs/swagger-ui-bundle.js', fromPackage('text/javascript; charset=utf-8', 'swagger-ui-bundle.js')],
]);
