import { expect, test } from 'vitest';
import { readableLine } from './log-lines.ts';

const line = { level: 'info', time: '2026-11-26T20:15:03.120Z', app: 'worker', worker: 'w', jobId: 'j1', people: 2 };

test('a line of our logs says when, who, what and the facts', () => {
  expect(readableLine('worker', JSON.stringify({ ...line, msg: 'job done' }))).toBe(
    '20:15:03 worker     job done jobId=j1 people=2',
  );
  expect(readableLine('api', JSON.stringify({ ...line, level: 'warn', msg: 'slow', timings: { load: 3 } }))).toBe(
    '20:15:03 api        WARN slow jobId=j1 people=2 timings={"load":3}',
  );
});

test.each(['# Server initialized', '{"level":"info"}', '{broken', ''])('another line stays as it is: %s', (other) => {
  expect(readableLine('redis', other)).toBe(`redis      ${other}`);
});
