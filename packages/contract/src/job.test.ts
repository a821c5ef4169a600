import { describe, expect, test } from 'vitest';
import { isKeyOfUrl, jobDataSchema, metadataSchema, shownKey, storedJobData } from './job.ts';
import { bounds } from './limits.ts';
import { parseOptionsSchema } from './options.ts';
import { batchWebhookSchema, jobWebhookSchema } from './webhook.ts';

/** So many bytes as JSON, in UTF-8: each character of the values takes two. */
function metadataOf(bytes: number): Record<string, string> {
  const names = Array.from({ length: 20 }, (_, place) => `name${String(place).padStart(2, '0')}`);
  const metadata = Object.fromEntries(names.map((name) => [name, '']));
  let left = bytes - JSON.stringify(metadata).length;
  for (const name of names) {
    const characters = Math.min(bounds.metadataValue.max, Math.floor(left / 2));
    metadata[name] = 'ü'.repeat(characters);
    left -= 2 * characters;
  }
  if (left > 0) metadata['name19'] += 'x'.repeat(left);
  return metadata;
}

describe('metadata', () => {
  test('may have so many bytes in all, however it is spread', () => {
    const { max } = bounds.metadataBytes;
    expect(Buffer.byteLength(JSON.stringify(metadataOf(max)))).toBe(max);
    expect(metadataSchema.safeParse(metadataOf(max)).success).toBe(true);
    expect(metadataSchema.safeParse(metadataOf(max + 1)).success).toBe(false);
  });

  test('of a job that an earlier version let in is still read', () => {
    const data = {
      ...{ v: 1, input: { key: 'a' }, output: { prefix: 'b/' }, options: parseOptionsSchema.parse({}) },
      ...{ createdAt: new Date().toISOString(), metadata: metadataOf(2 * bounds.metadataBytes.max) },
    };
    expect(jobDataSchema.safeParse(data).success).toBe(true);
  });
});

test.each([
  [jobWebhookSchema, 'job.succeeded'],
  [batchWebhookSchema, 'batch.finished'],
])('a webhook takes each event once, and no more events than there are', (schema, event) => {
  const webhook = (events: readonly string[]) => schema.safeParse({ url: 'https://example.com/', events });
  expect(webhook([event]).data?.events).toEqual([event]);
  expect(webhook([event, event]).success).toBe(false);
  expect(webhook(Array.from({ length: 1_000 }, () => event)).success).toBe(false);
});

test('a job is stored without the options that have their defaults, and read with them', () => {
  const options = parseOptionsSchema.parse({ short_side: 640, parts: ['hair'], person: [] });
  const data = {
    v: 1 as const,
    input: { key: 'a' },
    output: { prefix: 'b/' },
    options,
    createdAt: '2026-11-26T10:11:12Z',
  };
  const stored = storedJobData(data);
  expect(stored.options).toEqual({ short_side: 640, parts: ['hair'], outputs: options.outputs });
  expect(jobDataSchema.parse(stored)).toEqual(data);
});

test('a job that an earlier version queued with repeated outputs is read with each once', () => {
  const options = { ...parseOptionsSchema.parse({}), outputs: ['masks', 'overlay', 'masks'] };
  const data = { v: 1, input: { key: 'a' }, output: { prefix: 'b/' }, options, createdAt: new Date().toISOString() };
  expect(jobDataSchema.parse(data).options.outputs).toEqual(['masks', 'overlay']);
});

test('a URL shows no secret, however its scheme is written', () => {
  expect(shownKey('HTTPS://a.example/b.jpg?X-Amz-Signature=secret')).toBe('https://a.example/b.jpg');
  expect(['https/a.jpg', 'https:/a.jpg', 'a/https://b.jpg'].filter(isKeyOfUrl)).toEqual([]);
});
