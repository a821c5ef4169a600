import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { createLogger } from './logger.ts';

function capture() {
  const lines: string[] = [];
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  return { log: createLogger('info', sink), lines };
}

test('an error is logged with its causes, but without what clients hang on it', () => {
  const { log, lines } = capture();
  const cause = Object.assign(new Error('NoSuchKey'), { code: 'NoSuchKey', Key: 'inputs/secret.jpg', url: 'signed' });
  log.error({ err: new Error('failed', { cause }) }, 'request failed');
  const line = JSON.parse(lines[0] ?? '') as { err: { message: string; cause: Record<string, unknown> } };
  expect(line.err.message).toBe('failed');
  expect(line.err.cause).toMatchObject({ type: 'Error', message: 'NoSuchKey', code: 'NoSuchKey' });
  expect(lines[0]).not.toMatch(/secret|signed/);
});

test('an error that is its own cause has an end', () => {
  const { log, lines } = capture();
  const error = new Error('round');
  error.cause = error;
  log.error({ err: error }, 'x');
  expect(lines).toHaveLength(1);
});
