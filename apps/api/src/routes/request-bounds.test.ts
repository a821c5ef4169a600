/** What a request may hold is bounded everywhere, and a refusal is small whatever it repeats of the request. */
import { bounds } from '@m2fp/contract';
import { describe, expect, test } from 'vitest';
import { createTestApi, photoForm } from '../../testing/test-api.ts';

interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxItems?: number;
  readonly items?: Schema;
  readonly maxProperties?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly propertyNames?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const document = (await (await createTestApi().request('/openapi.json')).json()) as Document;

/** Every schema that something in a request is checked against, with its place. */
const requestSchemas = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, { parameters = [], requestBody }]) => {
    const name = `${method.toUpperCase()} ${path}`;
    return [
      ...parameters.map((parameter) => [`${name} ${parameter.in} ${parameter.name}`, parameter.schema] as const),
      ...Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => [`${name} ${type}`, schema] as const),
    ];
  }),
);

/** An anchored pattern without a repetition that has no end. */
function isBoundedPattern(pattern: string | undefined): boolean {
  if (pattern === undefined || !/^\^(?!.*\|).*\$$|^\^[^|]*\$\|\^[^|]*\$$/.test(pattern)) return false;
  return !/[*+]|\{\d+,\}/.test(pattern.replaceAll(/\\.|\[[^\][]*\]/g, 'x'));
}

function boundedAs(type: string, schema: Schema): boolean {
  switch (type) {
    case 'string':
      return schema.maxLength !== undefined || schema.format === 'binary' || isBoundedPattern(schema.pattern);
    case 'number':
    case 'integer':
      return schema.minimum !== undefined && schema.maximum !== undefined;
    case 'array':
      return schema.maxItems !== undefined;
    case 'object':
      return isClosed(schema) || (schema.maxProperties !== undefined && schema.propertyNames?.maxLength !== undefined);
    case 'boolean':
    case 'null':
      return true;
    default:
      return false;
  }
}

function isClosed({ additionalProperties, properties }: Schema): boolean {
  return properties !== undefined && additionalProperties === false;
}

/** Places in the schema that something of any size would fit. */
function unbounded(schema: Schema, place: string): string[] {
  if (schema.$ref !== undefined) {
    const target = document.components.schemas[schema.$ref.replace('#/components/schemas/', '')];
    return target === undefined ? [`${place}: no ${schema.$ref}`] : unbounded(target, place);
  }
  const { items, properties = {}, additionalProperties: others } = schema;
  const alternatives = [...(schema.anyOf ?? []), ...(schema.allOf ?? []), ...(schema.oneOf ?? [])].filter(
    (part) => !('required' in part && Object.keys(part).length === 1),
  );
  const isFixed = schema.enum !== undefined || schema.const !== undefined;
  const types = schema.type === undefined ? [] : [schema.type].flat();
  const isBounded = isFixed || (types.length > 0 && types.every((type) => boundedAs(type, schema)));
  return [
    ...(isBounded || (types.length === 0 && alternatives.length > 0) ? [] : [place]),
    ...(items === undefined ? [] : unbounded(items, `${place}[]`)),
    ...Object.entries(properties).flatMap(([name, part]) => unbounded(part, `${place}.${name}`)),
    ...(typeof others === 'object' ? unbounded(others, `${place}{}`) : []),
    ...alternatives.flatMap((part) => unbounded(part, `${place}|`)),
  ];
}

describe('a request', () => {
  test.each(requestSchemas)('has a bound on everything in %s', (name, schema) => {
    expect(unbounded(schema, name)).toEqual([]);
  });

  test('has schemas of all kinds', () => {
    for (const kind of [/ query /, / header /, / path /, / application\/json$/, / multipart/]) {
      expect(requestSchemas.map(([name]) => name)).toContainEqual(expect.stringMatching(kind));
    }
  });

  test.each([
    { type: 'array', items: { enum: ['a'] } },
    { type: 'string' },
    { type: 'string', pattern: '^a+$' },
    { type: 'string', pattern: 'a{3}' },
    { type: 'object', additionalProperties: { type: 'null' } },
    { type: 'object', properties: { a: { type: 'integer', minimum: 1 } }, additionalProperties: false },
    { anyOf: [{ type: 'null' }, { type: 'string' }] },
    {},
  ] satisfies Schema[])('of the schema %j would be unbounded', (schema) => {
    expect(unbounded(schema, 'here')).toHaveLength(1);
  });
});

const many = (count: number, entry: string): string => Array.from({ length: count }, () => entry).join(',');
const fields = (count: number, value = '1'): string =>
  Array.from({ length: count }, (_, index) => `"\\u0001\\u0001${index}":${value}`).join(',');
const input = '"input":{"key":"inputs/a.jpg"}';

/** Bodies that are as bad as possible in as many places as fit. */
const jsonBodies: readonly (readonly [path: string, body: string])[] = [
  ['/v1/jobs', `{${input},"options":{"outputs":[${many(8_000, '1')}]}}`],
  ['/v1/jobs', `{${input},"options":{"outputs":[${many(8_000, '"colormap"')}]}}`],
  ['/v1/jobs', `{${input},"webhook":{"url":"https://a.example","events":[${many(8_000, '1')}]}}`],
  ['/v1/jobs', `{${input},"metadata":{${fields(3_000)}}}`],
  ['/v1/jobs', `{${input},"metadata":{"${'\\u0001'.repeat(10_000)}":""}}`],
  ['/v1/jobs', `{${fields(3_000)}}`],
  ['/v1/jobs', `{${fields(20, '{}')},"${'\\ud800'.repeat(5_000)}":1}`],
  ['/v1/jobs', `{"input":{"key":"${'\\u0001'.repeat(10_000)}"}}`],
  ['/v1/jobs', `{"${'__proto__'}":{"a":[${many(9_000, '{}')}]}}`],
  ['/v1/jobs', '['.repeat(60_000)],
  ['/v1/jobs', `{"input":${'{"a":'.repeat(50)}1${'}'.repeat(50)}}`],
  ['/v1/jobs', `{${input},"webhook":{"url":"${'a:'.repeat(30_000)}"}}`],
  ['/parse', `{${input},"options":{${fields(2_000)}}}`],
  ['/v1/uploads', `{"content_type":"${'x'.repeat(9_000)}","bytes":1e999}`],
  ['/v1/uploads', `{${fields(900)}}`],
  ['/v1/batches', `{"input":{"keys":[${many(11_000, '1')}]}}`],
  ['/v1/batches', `{"input":{"keys":[${many(9_999, '1')}]}}`],
  ['/v1/batches', `{"input":{"keys":[${many(2_000_000, '[]')}]}}`],
  ['/v1/batches', `{"input":{"prefix":"inputs/${'ü'.repeat(1_000)}"}}`],
];

describe('the refusal of', () => {
  test.each(jsonBodies)('%s with %.60s… is small and tells a few errors', async (path, body) => {
    const response = await createTestApi().postJson(path, body);
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(response.status).toBeLessThan(500);
    const text = await response.text();
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(bounds.refusal.max);
    const { errors = [], detail } = JSON.parse(text) as { errors?: object[]; detail: string };
    expect(errors.length).toBeLessThanOrEqual(bounds.problemErrors.max);
    expect(detail.length).toBeLessThanOrEqual(bounds.problemText.max);
  });

  test('many faults says how many more there are', async () => {
    const keys = Array.from({ length: 50 }, () => 1);
    const response = await createTestApi().postJson('/v1/batches', { input: { keys } });
    const { errors, detail } = (await response.json()) as { errors: object[]; detail: string };
    expect(errors).toHaveLength(bounds.problemErrors.max);
    expect(detail).toContain('(and 49 more)');
  });

  test('a query, a header, a path and a form is small too', async () => {
    const api = createTestApi();
    const long = 'x'.repeat(8_000);
    const query = Array.from({ length: 2_000 }, (_, index) => `%01${index}=1`).join('&');
    const form = photoForm({
      metadata: Object.fromEntries(Array.from({ length: 3_000 }, (_, i) => [`\u0001${i}`, 1])),
    });
    const answers = await Promise.all([
      api.request(`/v1/jobs?${query}`),
      api.request(`/parse?${query}`, { method: 'POST' }),
      api.request(`/v1/jobs?cursor=${long}`),
      api.request(`/v1/jobs/${long}`),
      api.postJson('/v1/jobs', {}, { 'idempotency-key': long }),
      api.postJson('/v1/jobs', { input: { key: 'inputs/a.jpg' } }, { prefer: `wait=1, ${long}` }),
      api.postJson('/v1/jobs', {}, { 'x-request-id': long, accept: long, traceparent: long }),
      api.postForm('/v1/jobs', form),
    ]);
    for (const answer of answers) {
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(answer.status).toBeLessThan(500);
      const headers = [...answer.headers].flat().join('');
      expect(Buffer.byteLength(headers + (await answer.text()))).toBeLessThanOrEqual(bounds.refusal.max);
    }
  });
});

describe('a body with', () => {
  test('as many keys as a batch may have is not refused for its size', async () => {
    const keys = Array.from({ length: bounds.batchKeys.max }, (_, index) => `inputs/${index}.jpg`);
    const response = await createTestApi().postJson('/v1/batches', { input: { keys } });
    // Its store is down.
    expect(response.status).toBe(503);
  });

  test('one key too many says how many are allowed', async () => {
    const keys = Array.from({ length: bounds.batchKeys.max + 1 }, (_, index) => `inputs/${index}.jpg`);
    const response = await createTestApi().postJson('/v1/batches', { input: { keys } });
    expect(await response.json()).toMatchObject({ status: 422, errors: [{ pointer: '/input/keys' }] });
  });

  test.each(['outputs', 'events'])('repeated %s is refused', async (name) => {
    const api = createTestApi();
    await api.putObject('inputs/a.jpg');
    const body = {
      input: { key: 'inputs/a.jpg' },
      ...(name === 'outputs'
        ? { options: { outputs: ['masks', 'masks'] } }
        : { webhook: { url: 'https://a.example/', events: ['job.failed', 'job.failed'] } }),
    };
    expect(await (await api.postJson('/v1/jobs', body)).json()).toMatchObject({
      status: 422,
      errors: [{ message: 'Must not repeat an entry' }],
    });
  });

  test('more metadata than may be kept is refused', async () => {
    const metadata = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`n${index}`, 'x'.repeat(500)]));
    const response = await createTestApi().postJson('/v1/jobs', { input: { key: 'inputs/a.jpg' }, metadata });
    expect(await response.json()).toMatchObject({ status: 422, errors: [{ pointer: '/metadata' }] });
  });
});
