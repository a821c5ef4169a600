import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { acceptLicense } from './license.ts';

const never = new AbortController().signal;

/** Asks at a terminal, or at something else; gives what was shown, and why it was refused. */
async function ask(typed: string | undefined, { isTTY = true, accepted = false, signal = never } = {}) {
  const input = Object.assign(new PassThrough(), { isTTY });
  const output = Object.assign(new PassThrough(), { isTTY });
  const shown = text(output);
  if (typed !== undefined) input.end(typed);
  const refusal = await acceptLicense({ notice: 'CC BY-NC 4.0', accepted, input, output, signal }).then(
    () => undefined,
    (error: unknown) => error,
  );
  output.end();
  return { shown: await shown, refusal };
}

it.each(['y\n', 'yes\n', ' Y \n'])('%j agrees, after the notice and a question', async (typed) => {
  const { shown, refusal } = await ask(typed);
  expect(refusal).toBeUndefined();
  expect(shown).toMatch(/^CC BY-NC 4\.0\n\n.*accept this license\? \[y\/N\]/);
});

it.each(['\n', 'n\n', 'yesterday\n', ''])('%j does not', async (typed) => {
  const { refusal } = await ask(typed);
  expect(refusal).toMatchObject({ code: 'invalid_request', message: 'Not accepted: nothing was fetched.' });
});

it('nobody is asked who has agreed already, or who is no terminal', async () => {
  const agreed = await ask(undefined, { accepted: true });
  expect(agreed).toEqual({ shown: 'CC BY-NC 4.0\n\n', refusal: undefined });
  const script = await ask(undefined, { isTTY: false });
  expect(script.refusal).toMatchObject({ message: expect.stringContaining('add --accept-license') as string });
});

it('the question ends with the program', async () => {
  const stop = new AbortController();
  setImmediate(() => stop.abort(new Error('stopped')));
  expect((await ask(undefined, { signal: stop.signal })).refusal).toMatchObject({ message: 'stopped' });
});
