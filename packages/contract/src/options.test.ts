import { format } from 'prettier';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { bounds } from './limits.ts';
import { optionFields, optionFromText, parseOptionsSchema, type OptionField } from './options.ts';
import { outputKinds, outputNames } from './outputs.ts';

const byName = (name: string): OptionField => {
  const field = optionFields.find((option) => option.name === name);
  if (field === undefined) throw new Error(`no option ${name}`);
  return field;
};

test('every option has a field, with the default that the schema fills in', () => {
  const defaults = Object.fromEntries(optionFields.map((field) => [field.name, field.default]));
  expect(defaults).toEqual(parseOptionsSchema.parse({}));
});

describe('an option written as text', () => {
  test.each([
    ['top_k', '40', 40],
    ['score_threshold', '0.25', 0.25],
    ['score_threshold', '.25', '.25'],
    ['score_threshold', '-1', -1],
    ['top_k', '1e3', '1e3'],
    ['top_k', '', ''],
    ['palette', 'voc', 'voc'],
    ['outputs', 'overlay, masks,overlay', ['overlay', 'masks']],
    ['parts', 'hair, Upper-clothes,hair', ['hair', 'Upper-clothes']],
    ['parts', ' ', []],
    ['person', '2,1, 2', [2, 1]],
    ['person', '2,x', [2, 'x']],
    ['crop', 'true', true],
    ['crop', '0', false],
    ['crop', 'yes', 'yes'],
  ])('%s %j is %j', (name, text, value) => {
    expect(optionFromText(byName(name), text)).toEqual(value);
  });
});

test('outputs are taken once each, and there are no more of them than kinds', () => {
  expect(parseOptionsSchema.parse({ outputs: ['overlay', 'masks'] }).outputs).toEqual(['overlay', 'masks']);
  expect(parseOptionsSchema.safeParse({ outputs: ['overlay', 'masks', 'overlay'] }).success).toBe(false);
  const many = Array.from({ length: 20_000 }, () => 'colormap');
  expect(parseOptionsSchema.safeParse({ outputs: many }).success).toBe(false);
  expect(outputNames.length).toBe(bounds.outputs.max);
  const schema = z.toJSONSchema(parseOptionsSchema, { io: 'input' }).properties?.['outputs'];
  expect(schema).toMatchObject({ uniqueItems: true, maxItems: bounds.outputs.max });
});

test('docs/options.md says what the schema says', async () => {
  await expect(await optionsDocument()).toMatchFileSnapshot('../../../docs/options.md');
});

function valuesOf({ kind, choices, min, max }: OptionField): string {
  if (kind === 'flag') return '`true`, `false`';
  if (kind === 'texts') return 'names';
  return choices?.map((choice) => `\`${choice}\``).join(', ') ?? `${min} to ${max}`;
}

async function optionsDocument(): Promise<string> {
  const options = optionFields.map((field) => {
    const start = Array.isArray(field.default) ? field.default.join(',') : String(field.default);
    const shown = start === '' ? '' : `\`${start}\``;
    return `| \`${field.name}\` | ${valuesOf(field)} | ${shown} | ${field.description} |`;
  });
  const outputs = outputNames.map((name) => {
    const { file, contentType, isDefault, description } = outputKinds[name];
    return `| \`${name}\` | \`${file}\` | ${contentType} | ${isDefault ? 'yes' : 'on request'} | ${description} |`;
  });
  const lines = [
    '# Options and outputs',
    '',
    '<!-- Made from packages/contract by `npm run docs:generate`; edit the schema, not this page. -->',
    '',
    'The same options go into `options` of `POST /v1/jobs` and `POST /v1/batches`, into the query or body of ' +
      '`POST /parse`',
    '(which takes one `output` instead of `outputs`), and are flags of `m2fp parse`: `short_side` is `--short-side`.',
    'What each output is, and how parts and people are chosen, is in [outputs.md](outputs.md).',
    '',
    '| option | values | default | meaning |',
    '| --- | --- | --- | --- |',
    ...options,
    '',
    '## Outputs',
    '',
    '| output | file | type | made by default | what it is |',
    '| --- | --- | --- | --- | --- |',
    ...outputs,
  ];
  return format(lines.join('\n'), { parser: 'markdown', printWidth: 120 });
}
