/** Requests that the API accepts: the examples of its own document, about jobs and photos that exist. */
import { samplePhotos } from '@m2fp/dev-services';
import sharp from 'sharp';
import type { ApiUnderTest } from './api-under-test.ts';

export interface SeedRequest {
  readonly method: string;
  /** With its parameters filled in, without a query. */
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
  /** JSON, for routes that take it. */
  readonly json?: unknown;
  /** Fields of a form beside the photo, as JSON, for routes that take one. */
  readonly form?: Readonly<Record<string, unknown>>;
  /** The photo as the body itself. */
  readonly isPhoto?: boolean;
}

export interface Seeds {
  readonly requests: readonly SeedRequest[];
  readonly photo: Buffer;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly schema?: { readonly examples?: readonly unknown[]; readonly example?: unknown; readonly enum?: unknown[] };
  readonly example?: unknown;
}

interface MediaType {
  readonly schema?: Readonly<Record<string, unknown>>;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, MediaType>> };
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Record<string, unknown>>> };
}

/** Paths that the document leaves out. */
const undocumented: readonly SeedRequest[] = ['/', '/docs', '/openapi.json', '/admin', '/admin/api/queues'].map(
  (path) => {
    return { method: 'GET', path, query: [] };
  },
);

export async function createSeeds(api: ApiUnderTest): Promise<Seeds> {
  const [sample] = samplePhotos();
  const photo = await sharp(sample?.path).resize(32, 32).jpeg().toBuffer();
  const known = await createKnown(api, photo);
  const document = (await (await fetch(`${api.url}/openapi.json`)).json()) as Document;
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) => requestsOf(method, path, operation, document, known)),
  );
  return { requests: [...operations, ...undocumented], photo };
}

/** What there is of the owner: ids and keys that requests may name. */
interface Known {
  readonly jobs: readonly string[];
  readonly batches: readonly string[];
  readonly photoKey: string;
}

async function createKnown({ url, keys }: ApiUnderTest, photo: Buffer): Promise<Known> {
  const authorization = `Bearer ${keys.own}`;
  const post = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const headers = { authorization, 'content-type': 'application/json' };
    const response = await fetch(`${url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as Record<string, unknown>;
  };
  const upload = await post('/v1/uploads', { content_type: 'image/jpeg', bytes: photo.length });
  const headers = upload['headers'] as Record<string, string>;
  await fetch(String(upload['url']), { method: 'PUT', headers, body: new Uint8Array(photo) });
  const photoKey = String(upload['key']);
  const webhook = { url: 'https://example.com/hook' };
  const jobs: string[] = [];
  for (let count = 0; count < 3; count++) {
    jobs.push(String((await post('/v1/jobs', { input: { key: photoKey }, webhook }))['id']));
  }
  await post(`/v1/jobs/${jobs[0]}/cancel`, undefined);
  const batches = [String((await post('/v1/batches', { input: { keys: [photoKey] }, webhook }))['id'])];
  return { jobs, batches, photoKey };
}

function requestsOf(method: string, template: string, operation: Operation, document: Document, known: Known) {
  const query = (operation.parameters ?? []).flatMap((parameter) =>
    parameter.in === 'query' ? [[parameter.name, exampleText(parameter)] as const] : [],
  );
  const ids = template.includes('/batches/')
    ? known.batches
    : template.includes('/jobs/')
      ? known.jobs
      : [`msg_${'0'.repeat(32)}`];
  const content = operation.requestBody?.content ?? { none: {} };
  return ids.flatMap((id) => {
    const path = template
      .replace('{id}', id)
      .replace('{output}', 'masks')
      .replace(/\{\w+\}/g, id);
    const base = { method: method.toUpperCase(), path };
    return Object.entries(content).flatMap(([type, media]): SeedRequest[] => {
      if (type === 'none') return [{ ...base, query: [] }, ...(query.length > 0 ? [{ ...base, query }] : [])];
      if (type === 'application/json') {
        return bodyExamples(media, document).map((json) => ({ ...base, query: [], json: withPhoto(json, known) }));
      }
      const options = { outputs: ['masks', 'overlay'], short_side: 320 };
      if (type === 'multipart/form-data')
        return [{ ...base, query: [], form: template === '/parse' ? { options } : { options, metadata: { a: 'b' } } }];
      return [{ ...base, query: query.slice(0, 2), isPhoto: true }];
    });
  });
}

/** A number that fits every option, unless the document has an example. */
function exampleText({ example, schema }: Parameter): string {
  const found = example ?? schema?.example ?? schema?.examples?.[0] ?? schema?.enum?.[0];
  return typeof found === 'string' || typeof found === 'number' ? String(found) : '320';
}

function bodyExamples(media: MediaType, document: Document): unknown[] {
  const given = [media.example, ...Object.values(media.examples ?? {}).map(({ value }) => value)];
  const found = [...given, exampleFrom(media.schema ?? {}, document)].filter((value) => value !== undefined);
  return found.length > 0 ? found : [{}];
}

function exampleFrom(schema: Readonly<Record<string, unknown>>, document: Document): unknown {
  const reference = schema['$ref'];
  if (typeof reference === 'string')
    return exampleFrom(document.components.schemas[reference.split('/').at(-1) ?? ''] ?? {}, document);
  const [first] = (schema['examples'] as unknown[] | undefined) ?? [];
  if (schema['example'] !== undefined || first !== undefined) return schema['example'] ?? first;
  const alternatives = (schema['anyOf'] ?? schema['oneOf'] ?? schema['allOf']) as Record<string, unknown>[] | undefined;
  return alternatives?.map((one) => exampleFrom(one, document)).find((value) => value !== undefined);
}

/** Examples name photos that do not exist; most requests are to get further than that. */
function withPhoto(json: unknown, { photoKey }: Known): unknown {
  const body = structuredClone(json) as {
    input?: { key?: string; keys?: string[]; prefix?: string };
    output?: unknown;
  };
  if (body.input?.key !== undefined) body.input.key = photoKey;
  if (body.input?.keys !== undefined) body.input.keys = body.input.keys.map(() => photoKey);
  if (body.input?.prefix !== undefined) body.input.prefix = photoKey.slice(0, photoKey.lastIndexOf('/') + 1);
  delete body.output;
  return body;
}
