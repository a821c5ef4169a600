import { optionFields, parseOptionsSchema } from '@m2fp/contract';
import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addParseFlags, readParseOptions } from './parse-flags.ts';

function parse(...args: string[]) {
  const command = addParseFlags(new Command());
  command.parse(args, { from: 'user' });
  return readParseOptions(command);
}

test("without flags the options are the service's own defaults", () => {
  expect(parse()).toEqual(parseOptionsSchema.parse({}));
});

test('the flags are read as what they say', () => {
  const flags = ['--short-side', '720', '--max-side', '900', '--score-threshold', '0.25', '--top-k', '40'];
  const more = ['--score-step', '0', '--palette', 'voc', '--outputs', 'overlay, masks,overlay'];
  const chosen = ['--parts', 'hair, Hat', '--person', '2,1', '--crop', '--garment', 'lower'];
  expect(parse(...flags, ...more, ...chosen)).toEqual({
    ...parseOptionsSchema.parse({}),
    short_side: 720,
    max_side: 900,
    score_threshold: 0.25,
    top_k: 40,
    score_step: 0,
    palette: 'voc',
    outputs: ['overlay', 'masks'],
    parts: ['hair', 'Hat'],
    person: [2, 1],
    crop: true,
    garment: 'lower',
  });
});

test('there is a flag for every option of the service, with its own name and range', () => {
  const help = addParseFlags(new Command()).helpInformation();
  for (const { name, kind, min, max } of optionFields) {
    const value = {
      number: `<${min}..${max}>`,
      flag: ' ',
      numbers: '<numbers',
      choice: '<name',
      list: '<names',
      texts: '<names',
    };
    expect(help).toContain(`--${name.replaceAll('_', '-')} ${value[kind]}`);
  }
});

test.each([
  ['--short-side', '5.4e2', { short_side: 540 }],
  ['--max-side', '0x100', { max_side: 256 }],
  ['--score-threshold', '.5', { score_threshold: 0.5 }],
  ['--score-step', ' 5e-2 ', { score_step: 0.05 }],
])('a number may be written in any notation of JavaScript: %s %j', (flag, text, expected) => {
  expect(parse(flag, text)).toMatchObject(expected);
});

test.each(['', ' ', 'x', '1_000', '31', '540.5'])('a number that the service would refuse is refused: %j', (text) => {
  const command = addParseFlags(new Command().exitOverride().configureOutput({ writeErr: () => undefined }));
  expect(() => command.parse(['--short-side', text], { from: 'user' })).toThrow('is invalid');
});
