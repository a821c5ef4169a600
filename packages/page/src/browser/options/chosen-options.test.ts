import { beforeEach, describe, expect, it } from 'vitest';
import {
  chooseModel,
  chooseOption,
  chosenOptions,
  countChanges,
  neededOutputs,
  optionsForPrograms,
  optionsFrom,
  resetOptions,
} from './chosen-options.ts';
import { numbersIn } from './option-field.ts';

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
