import { beforeEach, describe, expect, it } from 'vitest';
import {
  chooseModel,
  chooseOption,
  chosenOptions,
  countChanges,
  drafts,
  endWriting,
  neededOutputs,
  optionsForPrograms,
  optionsFrom,
  resetOptions,
  writeOption,
  wrongOptions,
} from './chosen-options.ts';
import { numbersIn, type OptionName } from './option-field.ts';
import { optionFields } from './option-fields.generated.ts';

beforeEach(() => {
  chooseModel(undefined);
  resetOptions();
});

describe('the chosen options', () => {
  it('are what the page shows, and nothing else, until the visitor chooses', () => {
    expect(chosenOptions.value).toEqual({ outputs: neededOutputs });
    expect(countChanges(chosenOptions.value)).toBe(0);
    expect(optionsForPrograms(chosenOptions.value)).toEqual({});
  });

  it('leave out what is the default', () => {
    chooseOption('short_side', 700);
    chooseOption('garment', 'lower');
    chooseOption('outputs', ['people', 'cutout']);
    const outputs = [...neededOutputs, 'cutout', 'people'];
    expect(chosenOptions.value).toEqual({ short_side: 700, garment: 'lower', outputs });
    expect(countChanges(chosenOptions.value)).toBe(4);
    expect(optionsForPrograms(chosenOptions.value)).toEqual({ short_side: 700, garment: 'lower', outputs });
    chooseOption('short_side', 540);
    chooseOption('garment', undefined);
    chooseOption('outputs', []);
    expect(chosenOptions.value).toEqual({ outputs: neededOutputs });
  });

  it('forget the parts with the model that names them, and keep the model when they are reset', () => {
    chooseModel('people');
    chooseOption('parts', ['Hair']);
    chooseModel('people');
    expect(chosenOptions.value).toMatchObject({ model: 'people', parts: ['Hair'] });
    chooseModel('portrait');
    expect(chosenOptions.value).toEqual({ model: 'portrait', outputs: neededOutputs });
    chooseOption('crop', true);
    resetOptions();
    expect(chosenOptions.value).toEqual({ model: 'portrait', outputs: neededOutputs });
  });

  it.each([
    [null, {}],
    ['short_side', {}],
    [{ short_side: 31, max_side: 4097, top_k: 1.5, score_threshold: '0.5', garment: 'shoes', crop: 1 }, {}],
    [{ person: [1, 1], parts: [''], palette: ['voc'], unheard_of: 1, toString: 1, model: '' }, {}],
    [
      { score_threshold: 0.5, person: [2, 1], parts: ['hair'] },
      { score_threshold: 0.5, person: [2, 1], parts: ['hair'] },
    ],
  ])('take of %j what the service would take', (value, expected) => {
    expect(optionsFrom(value)).toEqual({ ...expected, outputs: neededOutputs });
  });
});

describe('what is written for an option', () => {
  const write = (name: OptionName, text: string, isUnreadable = false): void => {
    for (const field of optionFields) if (field.name === name) writeOption(field, text, isUnreadable);
  };
  const wrong = (): readonly OptionName[] => wrongOptions.value.map(({ name }) => name);

  it('is told to be wrong, and what was right before stays, until it is corrected', () => {
    write('short_side', '400');
    write('short_side', '99999');
    write('person', 'two');
    write('score_threshold', '', true);
    expect(wrong()).toEqual(['short_side', 'score_threshold', 'person']);
    expect(chosenOptions.value).toEqual({ short_side: 400, outputs: neededOutputs });
    for (const field of optionFields) endWriting(field);
    expect(drafts.value.person?.text).toBe('two');
    write('person', '2,');
    write('short_side', '');
    expect(wrong()).toEqual(['score_threshold']);
    expect(chosenOptions.value).toEqual({ person: [2], outputs: neededOutputs });
  });

  it('is forgotten with the options', () => {
    write('top_k', '1.5');
    resetOptions();
    expect(wrong()).toEqual([]);
    expect(drafts.value).toEqual({});
  });
});

it.each([
  ['', []],
  ['1', [1]],
  ['2, 1，3、2', [2, 1, 3]],
  ['1;2', undefined],
  ['-1', undefined],
  ['x', undefined],
])('numbers in %j are %j', (text, expected) => {
  expect(numbersIn(text)).toEqual(expected);
});
