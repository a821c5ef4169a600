import { expect, test } from 'vitest';
import { inputUrlSchema } from './job-schemas.ts';

test.each(['HTTPS://a.example/b.jpg?s=1', 'https:a.example/b.jpg?s=1', 'https:\\\\a.example/b.jpg?s=1'])(
  '%s is kept as URLs are written',
  (url) => {
    expect(inputUrlSchema.parse(url)).toBe('https://a.example/b.jpg?s=1');
  },
);
