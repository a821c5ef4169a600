import { expect, test } from 'vitest';
import { acceptedType } from './parse-answer.ts';

const offered = ['application/json', 'image/png', 'image/jpeg'] as const;

test.each([
  [undefined, 'application/json'],
  ['', 'application/json'],
  ['*/*', 'application/json'],
  ['image/png', 'image/png'],
  ['IMAGE/PNG', 'image/png'],
  ['image/*', 'image/png'],
  ['image/jpeg, image/png;q=0.5', 'image/jpeg'],
  ['image/png;q=0.5, image/jpeg;q=0.8, */*;q=0.1', 'image/jpeg'],
  ['text/html, image/avif, image/webp, */*;q=0.8', 'application/json'],
  ['application/json;q=0, */*', 'image/png'],
])('%s is answered with %s', (accept, type) => {
  expect(acceptedType(accept, offered)).toBe(type);
});

test.each(['text/html', 'application/xml, image/webp', 'application/json;q=0', '*/*;q=0'])(
  '%s is refused',
  (accept) => {
    expect(() => acceptedType(accept, offered)).toThrow(expect.objectContaining({ code: 'not_acceptable' }));
  },
);
