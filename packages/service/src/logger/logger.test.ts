import { Writable } from 'node:stream';
import { AppError } from '@m2fp/contract';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createLogger, type LogFields } from './logger.ts';

function capture() {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  const log = createLogger('info', { app: 'api' }, sink);
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '') as Record<string, unknown> };
}

/** As ioredis throws it. */
function replyError(text: string, args: string[]): Error {
  return Object.assign(new Error(text), { name: 'ReplyError', command: { name: 'hset', args } });
}

describe('a line', () => {
  test('has the fields that are listed, and the time', () => {
    const { log, last } = capture();
    log.child({ jobId: 'job_1', attempt: 2 }).info({ people: 3, timings: { network: 1.5 } }, 'job done');
    expect(last()).toEqual({
      ...{
        level: 'info',
        app: 'api',
        jobId: 'job_1',
        attempt: 2,
        people: 3,
        timings: { network: 1.5 },
        msg: 'job done',
      },
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
    });
  });

  test('has no field that is not listed, and no object where a plain value belongs', () => {
    const { log, lines } = capture();
    const careless = { inputKey: 'inputs/secret.jpg', model: { secret: 1 }, timings: { a: 1, b: 'secret' } };
    log.info(careless as unknown as LogFields, 'careless');
    log.child(careless as unknown as LogFields).info('careless');
    expect(lines).toHaveLength(2);
    expect(lines.join()).not.toContain('secret');
  });

  test('reduces an error under any name, or instead of the fields', () => {
    const { log, lines } = capture();
    const error = replyError('WRONGPASS invalid username-password pair', ['secret']);
    log.error({ surprise: error } as unknown as LogFields, 'under another name');
    (log.error as unknown as (error: Error) => void)(error);
    expect(lines).toHaveLength(2);
    for (const line of lines) {
      expect(line).toContain('WRONGPASS');
      expect(line).not.toContain('secret');
    }
  });
});

describe('an error', () => {
  test('is logged with its causes, but without what clients attach to it', () => {
    const { log, lines, last } = capture();
    const cause = Object.assign(new Error('NoSuchKey'), {
      code: 'NoSuchKey',
      Key: 'inputs/secret.jpg',
      $response: { headers: { authorization: 'secret' } },
    });
    log.error({ err: new Error('failed', { cause }) }, 'request failed');
    expect(last()['err']).toMatchObject({
      type: 'Error',
      message: 'failed',
      stack: expect.stringMatching(/^Error: failed\n\s+at /) as string,
      cause: { type: 'Error', message: 'NoSuchKey', code: 'NoSuchKey' },
    });
    expect(lines[0]).not.toMatch(/secret/);
  });

  test('that is its own cause ends, and an aggregate has all of its errors', () => {
    const { log, last } = capture();
    const round = new Error('round');
    round.cause = round;
    const inner = replyError('OOM command not allowed', ['secret']);
    log.error({ err: new AggregateError([round, inner], 'all failed') }, 'x');
    expect(last()['err']).toMatchObject({ errors: [{ message: 'round' }, { message: 'OOM command not allowed' }] });
    expect(JSON.stringify(last())).not.toContain('secret');
  });

  test('that is not an Error is logged by its type, with its text scrubbed', () => {
    const { log, last } = capture();
    log.error({ err: { password: 'secret' } }, 'x');
    expect(last()['err']).toEqual({ type: 'object', message: '' });
    log.error({ err: 'at https://host/inputs/secret.jpg' }, 'x');
    expect(last()['err']).toEqual({ type: 'string', message: 'at https://host/…' });
  });

  test('whose message may quote a client is logged by its code and cause', () => {
    const { log, lines, last } = capture();
    const cause = new Error('NoSuchKey');
    log.warn({ err: new AppError('input_not_found', 'There is no object inputs/secret.jpg.', { cause }) }, 'x');
    expect(last()['err']).toMatchObject({ code: 'input_not_found', message: '(input_not_found) NoSuchKey' });
    expect(lines[0]).not.toContain('secret');
  });

  test('of a schema says what is wrong, but quotes no value', () => {
    const { log, lines, last } = capture();
    const schema = z.strictObject({ metadata: z.record(z.string(), z.number()) });
    const { error } = schema.safeParse({ metadata: { secretName: 'secret' }, secretKey: 1 });
    log.error({ err: error }, 'x');
    expect(last()['err']).toMatchObject({
      message: 'data of another shape: invalid_type at metadata, unrecognized_keys at the root',
    });
    expect(lines[0]).not.toContain('secret');
  });
});

describe('a text', () => {
  test.each([
    ['connect to redis://user:secret@redis:6379/0 failed', 'connect to redis://redis:6379/… failed'],
    ['at redis://:p@secret@host', 'at redis://host'],
    ['GET https://s3.example/bucket/inputs/secret.jpg?X-Amz-Signature=secret', 'GET https://s3.example/…'],
    ['https://example.com?token=secret', 'https://example.com/…'],
    ['https://example.com#secret', 'https://example.com/…'],
    ['a 10.0.0.1:80, b http://127.0.0.1:8080', 'a 10.0.0.1:80, b http://127.0.0.1:8080'],
    ["ERR unknown command 'EVALSHA', with args beginning with: 'secret' '2' ", "ERR unknown command 'EVALSHA'"],
    ['file:///srv/app/src/main.ts:1:2', 'file:///srv/app/src/main.ts:1:2'],
  ])('%j is logged as %j', (text, expected) => {
    const { log, last } = capture();
    log.info({ reason: text, err: new Error(text) }, text);
    expect(last()).toMatchObject({ msg: expected, reason: expected, err: { message: expected } });
    expect(JSON.stringify(last())).not.toContain('secret');
  });

  test('that is too long is cut before a word, so that no half of a URL is left', () => {
    const { log, lines } = capture();
    log.info('x '.repeat(1_980) + `redis://user:${'secret'.repeat(20)}@host and more`);
    log.info(`secret${'y'.repeat(10_000)}`);
    expect(lines.join('')).not.toContain('secret');
    expect(lines.join('').length).toBeLessThan(5_000);
  });

  test('that is not valid JSON is not quoted, however V8 shortens it', () => {
    for (const text of ['secret', '{"secret": x}', `{"a": "${'secret'.repeat(20)}", x}`, '["secret",]', '{"secret']) {
      const { log, lines } = capture();
      try {
        JSON.parse(text);
      } catch (error) {
        log.error({ err: error }, 'x');
      }
      expect(lines).toHaveLength(1);
      expect(lines[0]).not.toContain('secret');
    }
  });
});
