/** The client's types are generated from the document that the API serves: `npm run client:generate` renews them. */
import openapiTS, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { startApi } from './support/api/api-process.ts';

const path = fileURLToPath(new URL('../packages/client/src/api-schema.generated.ts', import.meta.url));
const heading = '/** Made from the API’s document by `npm run client:generate`. Not to be edited. */\n\n';

test('the client’s types are those of the document that the API serves', async () => {
  const api = await startApi();
  const document = await (await fetch(`${api.url}/openapi.json`)).text();
  const text = heading + astToString(await openapiTS(document, { alphabetize: true, defaultNonNullable: false }));
  const options = { ...(await resolveConfig(path)), filepath: path };
  await expect(await format(text, options)).toMatchFileSnapshot(path);
});
