import { optionFields, outputKinds } from '@m2fp/contract';
import { format } from 'prettier';
import { expect, test } from 'vitest';

const head = `/** Made by \`npm run docs:generate\` from the contract's options and outputs: not to be edited. */
import type { OptionField, OutputField } from './option-field.ts';
`;

test('the page knows the options and the outputs that the contract has', async () => {
  const outputs = Object.entries(outputKinds).map(([name, { file, description }]) => ({ name, file, description }));
  const text = `${head}
export const optionFields: readonly OptionField[] = ${JSON.stringify(optionFields)};

export const outputFields: readonly OutputField[] = ${JSON.stringify(outputs)};
`;
  const formatted = await format(text, { parser: 'typescript', printWidth: 120, singleQuote: true });
  await expect(formatted).toMatchFileSnapshot('./option-fields.generated.ts');
});
