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
  expect(parse(...flags, ...more)).toEqual({
    ...parseOptionsSchema.parse({}),
    short_side: 720,
    max_side: 900,
    score_threshold: 0.25,
    top_k: 40,
    score_step: 0,
    palette: 'voc',
    outputs: ['overlay', 'masks'],
  });
});

test('there is a flag for every option of the service, with its own name and range', () => {
  const help = addParseFlags(new Command()).helpInformation();
  for (const { name, kind, min, max } of optionFields) {
    expect(help).toContain(`--${name.replaceAll('_', '-')} <${kind === 'number' ? `${min}..${max}>` : 'name'}`);
  }
});
