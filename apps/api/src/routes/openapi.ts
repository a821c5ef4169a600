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
  { name: 'Jobs', description: 'Photos to parse.' },
  { name: 'Batches', description: 'Many photos at once.' },
  { name: 'Webhooks', description: 'What was told to whom, and the secrets that sign it.' },
  { name: 'Uploads', description: 'Photos straight into S3.' },
  { name: 'Health', description: 'For probes and load balancers.' },
];

/** Serves the document of all routes that `app` has by the time of the first request for it. */
export function serveOpenApi(app: OpenAPIHono<ApiEnv>): void {
  let document: string | undefined;
  app.get('/openapi.json', (context) => {
    document ??= JSON.stringify(app.getOpenAPI31Document({ openapi: '3.1.0', info, servers: [{ url: '/' }], tags }));
    return context.body(document, 200, { 'content-type': 'application/json' });
  });
}
