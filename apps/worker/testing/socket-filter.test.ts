import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { filterArchitectures, filterUrl, socketFilter } from './socket-filter.ts';

test.each(filterArchitectures)('the committed filter of %s is the one described here', async (architecture) => {
  const committed = await readFile(filterUrl(architecture));
  expect(committed.toString('hex')).toBe(Buffer.from(socketFilter(architecture)).toString('hex'));
});
