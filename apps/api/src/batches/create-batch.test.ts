import { expect, test } from 'vitest';
import { assertBatchInput } from './create-batch.ts';

test('others have their turn while the URLs of a large batch are checked', async () => {
  const urls = Array.from({ length: 1_000 }, (_, place) => `https://photos.example/${place}.jpg`);
  let turns = 0;
  const count = (): void => {
    turns += 1;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  const settings = { inputUrls: { rules: { allowLoopback: false } } } as Parameters<typeof assertBatchInput>[2];
  const request = { caller: { inputPrefixes: [] } } as unknown as Parameters<typeof assertBatchInput>[0];
  await assertBatchInput(request, { urls }, settings);
  clearImmediate(next);
  expect(turns).toBeGreaterThanOrEqual(3);
  const refused = assertBatchInput(request, { urls: [...urls, 'http://10.0.0.1/'] }, settings);
  await expect(refused).rejects.toMatchObject({ code: 'invalid_request' });
});
