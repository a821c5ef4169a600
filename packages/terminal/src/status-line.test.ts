import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { StatusLine } from './status-line.ts';

beforeEach(() => {
  // What a terminal is to the spinner.
  vi.stubEnv('CI', undefined);
  vi.stubEnv('TERM', 'xterm');
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

/** A terminal of so many columns, and what was written to it. */
function createTerminal(columns: number) {
  const stream = new PassThrough();
  const written: string[] = [];
  stream.on('data', (chunk: Buffer) => written.push(chunk.toString()));
  const moves = { cursorTo: () => true, clearLine: () => true, moveCursor: () => true };
  Object.assign(stream, { isTTY: true, columns, ...moves });
  return { stream: stream as unknown as NodeJS.WriteStream, written };
}

/** The texts that were shown, without the turning sign. */
function textsOf(written: readonly string[]): string[] {
  const frames = written.filter((text) => /^\S*[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/u.test(text));
  return [...new Set(frames.map((text) => text.replace(/^\S+ /, '')))];
}

test('what it says is asked again while it is shown', () => {
  const { stream, written } = createTerminal(80);
  const status = new StatusLine(stream, true);
  let left = 3;
  status.show(() => `about ${left} s left`);
  left = 2;
  vi.advanceTimersByTime(300);
  status.show(() => 'done');
  status.hide();
  expect(textsOf(written)).toEqual(['about 3 s left', 'about 2 s left', 'done']);
  vi.advanceTimersByTime(1_000);
  const end = written.length;
  status.hide();
  expect(written).toHaveLength(end);
  expect(written.join('')).toMatch(/\[\?25l.*\[\?25h/s);
});

test('it stays one line: cut to the terminal, wide characters counted as two columns, and without controls', () => {
  const { stream, written } = createTerminal(14);
  const status = new StatusLine(stream, true);
  status.show(() => '0123456789 abc');
  status.show(() => '照片照片照片照片');
  status.show(() => 'a\nb\u001b[2J');
  status.hide();
  expect(textsOf(written)).toEqual(['0123456789…', '照片照片照…', 'a\uFFFDb\uFFFD[2J']);
});

test('where there is no terminal, it is silent', () => {
  const { stream, written } = createTerminal(80);
  const status = new StatusLine(stream, false);
  status.show(() => 'reading');
  status.hide();
  expect(written).toEqual([]);
});
