import { format } from 'prettier';
import { expect, test } from 'vitest';
import { httpReference, type ReferenceDocument } from '../../testing/http-reference.ts';
import { createTestApi } from '../../testing/test-api.ts';

test('docs/http-reference.md says what the OpenAPI document says', async () => {
  const document = (await (await createTestApi().request('/openapi.json')).json()) as ReferenceDocument;
  const page = await format(httpReference(document), { parser: 'markdown', printWidth: 120 });
  await expect(page).toMatchFileSnapshot('../../../../docs/http-reference.md');
});
