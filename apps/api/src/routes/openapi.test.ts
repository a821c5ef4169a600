import { errorCodes } from '@m2fp/contract';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { fullFormats } from 'ajv-formats/dist/formats.js';
import { describe, expect, test } from 'vitest';
import { problemKinds } from '../http/problem.ts';
import { createTestApi } from '../../testing/test-api.ts';

interface Content {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Record<string, { readonly value: unknown }>;
}

interface Operation {
  readonly operationId?: string;
  readonly description?: string;
  readonly parameters?: { readonly name: string; readonly description?: string; readonly schema: Schema }[];
  readonly summary?: string;
  readonly tags?: string[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Record<string, Content> };
  readonly responses: Record<string, { readonly description: string; readonly content?: Record<string, Content> }>;
}

async function fetchDocument() {
  const response = await createTestApi().request('/openapi.json');
  expect(response.headers.get('content-type')).toBe('application/json');
  return (await response.json()) as {
    openapi: string;
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, object> };
  };
}

const document = await fetchDocument();
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const),
);

interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly example?: unknown;
  readonly properties?: Record<string, Schema>;
  readonly items?: Schema;
  readonly anyOf?: Schema[];
}

function resolved({ $ref, ...schema }: Schema): Schema {
  const target = $ref && document.components.schemas[$ref.slice($ref.lastIndexOf('/') + 1)];
  return target ? { ...resolved(target), ...schema } : schema;
}

/** Fields without a description, by their places; not those of schemas that have names of their own. */
function withoutDescription(schema: Schema, name: string): string[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([field, inner]) => {
    const alternatives = [inner, ...(inner.anyOf ?? [])].map(resolved);
    const isDescribed = alternatives.some(({ description }) => description);
    return [...(isDescribed ? [] : [`${name}.${field}`]), ...withoutDescription(inner, `${name}.${field}`)];
  });
  const inner = [...(schema.items ? [schema.items] : []), ...(schema.anyOf ?? [])];
  return [...own, ...inner.flatMap((part) => withoutDescription(part, `${name}[]`))];
}

describe('the OpenAPI document', () => {
  test('is of version 3.1 and has every route', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(operations.map(([name]) => name).sort()).toEqual([
      'GET /healthz',
      'GET /metrics',
      'GET /readyz',
      'GET /v1/batches',
      'GET /v1/batches/{id}',
      'GET /v1/jobs',
      'GET /v1/jobs/{id}',
      'GET /v1/jobs/{id}/events',
      'GET /v1/jobs/{id}/files/{output}',
      'GET /v1/jobs/{id}/files/{output}/{person}',
      'GET /v1/jobs/{id}/photo',
      'GET /v1/models',
      'GET /v1/models/{model}/backlog',
      'GET /v1/webhooks/deliveries',
      'GET /v1/webhooks/deliveries/{id}',
      'GET /v1/webhooks/secrets',
      'POST /parse',
      'POST /v1/batches',
      'POST /v1/batches/{id}/cancel',
      'POST /v1/jobs',
      'POST /v1/jobs/{id}/cancel',
      'POST /v1/uploads',
      'POST /v1/webhooks/deliveries/{id}/redeliver',
      'POST /v1/webhooks/secrets',
      'PUT /parse',
    ]);
  });

  test.each(operations)('names and describes %s', (_name, operation) => {
    expect(operation.operationId).toMatch(/^[a-z][A-Za-z]+$/);
    expect(operation.summary).toBeTruthy();
    expect(operation.tags).toHaveLength(1);
    if (operation.requestBody !== undefined) expect(operation.requestBody.required).toBe(true);
  });

  test.each(operations)('has an example of every problem of %s, with the status of its code', (_name, operation) => {
    const problems = Object.entries(operation.responses).flatMap(([status, { content }]) =>
      Object.entries(content?.['application/problem+json']?.examples ?? {}).map(([code, example]) => {
        return { status: Number(status), code, example: example.value };
      }),
    );
    expect(problems.map(({ code }) => code)).toContain('internal');
    for (const { status, code, example } of problems) {
      expect(errorCodes).toContain(code);
      expect(example).toMatchObject({ status, code, type: `urn:m2fp:problem:${code}` });
    }
  });

  test.each(operations)('describes %s, and gives an example of each parameter and each JSON', (_name, operation) => {
    expect(operation.description).toBeTruthy();
    for (const { name, schema, description } of operation.parameters ?? []) {
      const known = resolved(schema);
      expect(description ?? known.description, name).toBeTruthy();
      // A browser would send the example with every try, and get the first answer again.
      if (name !== 'idempotency-key') expect(known, name).toHaveProperty('example');
    }
    for (const answer of Object.values(operation.responses)) expect(answer.description).toBeTruthy();
    for (const answer of [operation.requestBody, ...Object.values(operation.responses)]) {
      for (const [type, content] of Object.entries(answer?.content ?? {})) {
        if (!/json|multipart|event-stream/.test(type)) continue;
        const has = [content, resolved(content.schema)].some((part) => 'example' in part || 'examples' in part);
        expect(has, type).toBe(true);
      }
    }
  });

  test('describes every schema and every field', () => {
    const missing = Object.entries(document.components.schemas).flatMap(([name, schema]) => [
      ...((schema as Schema).description ? [] : [name]),
      ...withoutDescription(schema, name),
    ]);
    expect(missing).toEqual([]);
  });

  // openapi-python-client, as the strictest: docs/python.md, `npm run check:python-client`.
  describe('has only what generators of clients understand', () => {
    test('operations have names of their own', () => {
      const ids = operations.map(([, { operationId }]) => operationId?.toLowerCase());
      expect(new Set(ids).size).toBe(operations.length);
    });

    test.each(operations)('%s: bodies', (_name, { requestBody, responses }) => {
      const known = /^(application\/(.+\+)?json|application\/octet-stream|multipart\/form-data|text\/[^;]+(;.+)?)$/;
      for (const type of Object.keys(requestBody?.content ?? {})) expect(type).toMatch(known);
      for (const { content } of Object.values(responses)) {
        const types = Object.keys(content ?? {});
        if (types.length > 0) expect(types.some((type) => known.test(type))).toBe(true);
        const isFile = types.some((type) => type.startsWith('image/'));
        // A generator takes the first type that it knows: bytes, unless JSON is what is asked for by default.
        if (isFile) expect(types[0]).toMatch(/^application\/(octet-stream|json)$/);
      }
    });

    test('schemas', () => {
      const schemas: Record<string, unknown>[] = [];
      JSON.stringify(document, (_key, value: unknown) => {
        if (typeof value === 'object' && value !== null && !Array.isArray(value)) schemas.push({ ...value });
        return value;
      });
      const withEnum = schemas.filter(({ enum: values }) => Array.isArray(values));
      expect(withEnum.length).toBeGreaterThan(5);
      expect(withEnum.filter(({ enum: values }) => (values as unknown[]).includes(null))).toEqual([]);
      const objects = schemas.filter(({ type }) => [type].flat().includes('object'));
      expect(objects.length).toBeGreaterThan(20);
      // Null beside an object is `anyOf`; alternatives beside properties are understood by none.
      expect(objects.filter((schema) => Array.isArray(schema['type']) || 'oneOf' in schema)).toEqual([]);
    });
  });

  test.each(operations)('has only examples of %s that its own schemas allow', (_name, operation) => {
    const ajv = new Ajv2020({ strict: false, formats: fullFormats });
    ajv.addSchema({ $id: 'http://document/', components: document.components });
    const contents = [operation.requestBody, ...Object.values(operation.responses)].flatMap((part) =>
      Object.values(part?.content ?? {}),
    );
    for (const { schema, example, examples } of contents) {
      const text = JSON.stringify(schema).replaceAll('"#/components', '"http://document/#/components');
      const validate = ajv.compile(JSON.parse(text) as object);
      const values = Object.values(examples ?? {}).map(({ value }) => value);
      for (const value of example === undefined ? values : [...values, example]) {
        expect(validate(value), JSON.stringify([value, validate.errors])).toBe(true);
      }
    }
  });
});

test('every error code has an HTTP status of its kind', () => {
  for (const code of errorCodes) expect(problemKinds[code].status).toBeGreaterThanOrEqual(400);
  expect(problemKinds.internal.status).toBe(500);
});
