import type { OpenAPIHono } from '@hono/zod-openapi';
import { requireAccess } from '../access/require-access.ts';
import { StaticContent } from '../http/compression.ts';
import type { ApiEnv } from '../http/context.ts';

const info = {
  title: 'm2fp-parsing',
  version: '1',
  description:
    'Human parsing as a service: send a photo or its key and get a job, whose results are files in S3. Errors are ' +
    'RFC 9457 problem documents with a stable `code`; unknown fields are refused.',
  license: { name: 'MIT', identifier: 'MIT' },
};

const tags = [
  { name: 'Parse', description: 'Send a photo and get its parsing in the response.' },
  { name: 'Jobs', description: 'Photos to parse.' },
  { name: 'Batches', description: 'Many photos at once.' },
  { name: 'Webhooks', description: 'Deliveries, and the secrets that sign them.' },
  { name: 'Uploads', description: 'Photos sent directly to S3.' },
  { name: 'Health', description: 'For probes and load balancers.' },
];

/** The document of all routes that `app` has so far. */
function openApiDocument(app: OpenAPIHono<ApiEnv>, basePath: string) {
  app.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, `m2fp_…`, from `m2fp keys create`. None is needed while none is configured.',
  });
  return app.getOpenAPI31Document({ openapi: '3.1.0', info, servers: [{ url: basePath || '/' }], tags });
}

/** Serves the document of all routes that `app` has by the time of the first request for it. */
export function serveOpenApi(app: OpenAPIHono<ApiEnv>, basePath: string): void {
  // As bytes, which all answers share while they are being sent.
  let document: StaticContent | undefined;
  app.get('/openapi.json', requireAccess('public'), (context) => {
    document ??= new StaticContent(
      new TextEncoder().encode(JSON.stringify(openApiDocument(app, basePath))),
      'application/json',
    );
    return document.answer(context, { 'cache-control': 'no-cache' });
  });
}
