import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { storageReasons } from './s3-errors.ts';

test('each reason is in the docs, and the docs have no other', async () => {
  const page = await readFile(new URL('../../../docs/s3.md', import.meta.url), 'utf8');
  const rows = page.slice(page.indexOf('## What failures look like')).matchAll(/^\| `(\w+)` +\|/gm);
  expect([...rows].map(([, word]) => word)).toEqual(storageReasons);
});
