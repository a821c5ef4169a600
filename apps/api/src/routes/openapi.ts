import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnv } from '../http/context.ts';

const info = {
  title: 'm2fp-parsing',
  version: '1',
  description:
    'Human parsing as a service: a photo’s key or the photo itself goes in, a job comes out; its results are files in ' +
    'S3. Errors are RFC 9457 problem documents with a stable `code`; unknown fields are refused.',
  license: { name: 'MIT', identifier: 'MIT' },
};

const tags = [
  { name: 'Parse', description: 'A photo in, its parsing out.' },
  { name: 'Jobs', description: 'Photos to parse.' },
  { name: 'Batches', description: 'Many photos at once.' },
  { name: 'Webhooks', description: 'What was told to whom, and the secrets that sign it.' },
  { name: 'Uploads', description: 'Photos straight into S3.' },
  { name: 'Health', description: 'For probes and load balancers.' },
];

/** Where no key is configured, none is needed: so the empty alternative. */
const security = [{ apiKey: [] }, {}];

/** The document of all routes that `app` has by now. */
export function openApiDocument(app: OpenAPIHono<ApiEnv>) {
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, `m2fp_…`, from `m2fp keys create`.',
  });
  return app.getOpenAPI31Document({ openapi: '3.1.0', info, servers: [{ url: '/' }], security, tags });
}

/** Serves the document of all routes that `app` has by the time of the first request for it. */
export function serveOpenApi(app: OpenAPIHono<ApiEnv>): void {
  let document: string | undefined;
  app.get('/openapi.json', (context) => {
    document ??= JSON.stringify(openApiDocument(app));
    return context.body(document, 200, { 'content-type': 'application/json' });
  });
}
