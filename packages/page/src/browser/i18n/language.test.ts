import { afterEach, describe, expect, it } from 'vitest';
import { chineseName, classGroup, classGroups, classTitle, groupTitle } from './class-names.ts';
import { en } from './en.ts';
import { chooseLanguage, language, listed, numberText, preferredLanguage, sentences, t, textOf } from './language.ts';
import { zh } from './zh.ts';

afterEach(() => chooseLanguage('en'));

describe('texts', () => {
  it('are in alphabetical order, and have the same places in each language', () => {
    expect(Object.keys(en)).toEqual(Object.keys(en).sort());
    expect(Object.keys(zh)).toEqual(Object.keys(en));
    const placesOf = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
    for (const [key, text] of Object.entries(en)) {
      const forms: readonly string[] = typeof text === 'string' ? [text] : Object.values(text);
      // "One" may stand in words.
      const places = placesOf(forms.at(-1) ?? '');
      for (const form of forms) expect(places, key).toEqual(expect.arrayContaining(placesOf(form)));
      expect(placesOf(zh[key as keyof typeof zh]), key).toEqual(places);
    }
  });

  it('fill their places, with the form for one where a language has one', async () => {
    expect(t('people.count', { count: 1 })).toBe('1 person');
    expect(t('people.count', { count: 1234.567 })).toBe('1,234.57 people');
    expect(t('gallery.remove', { name: '{count} $& <b>.jpg' })).toBe('Remove {count} $& <b>.jpg');
    await chooseLanguage('zh');
    expect(language()).toBe('zh');
    expect(t('people.count', { count: 1 })).toBe('1 人');
    expect(numberText(0.5, { style: 'percent' })).toBe('50%');
  });

  it('are put together as the language does it', async () => {
    expect(sentences(['One.', 'Two.']) + listed(['hair', 'hat'])).toBe('One. Two.hair, hat');
    await chooseLanguage('zh');
    expect(sentences(['一。', '二。']) + listed(['头发', '帽子'])).toBe('一。二。头发、帽子');
  });

  it('are found by keys that are put together, if there are such', () => {
    expect(textOf('output.cutout')).toBe('Cutout');
    expect(textOf('output.constructor')).toBeUndefined();
    expect(textOf('toString')).toBeUndefined();
  });
});

describe('the language', () => {
  it.each([
    [undefined, ['zh-TW', 'en-US'], 'zh'],
    [undefined, ['de-DE', 'en', 'zh'], 'en'],
    [undefined, ['fr', 'de'], 'en'],
    [undefined, [], 'en'],
    ['en', ['zh-CN'], 'en'],
    ['toString', ['zh-CN'], 'zh'],
  ])('that was chosen is %s, the browser speaks %j: %s', (before, wanted, expected) => {
    expect(preferredLanguage(before, wanted)).toBe(expected);
  });
});

describe('classes', () => {
  it('have Chinese names, and groups, by names that may be spelled in several ways', async () => {
    expect(classTitle('l_brow', 'left eyebrow')).toBe('left eyebrow');
    await chooseLanguage('zh');
    expect(classTitle('l_brow', 'left eyebrow')).toBe('左眉');
    expect([classTitle('Upper-clothes', ''), classTitle('UpperClothes', '')]).toEqual(['上衣', '上衣']);
    expect(classTitle('Spacesuit', 'spacesuit')).toBe('spacesuit');
    expect(chineseName('constructor')).toBeUndefined();
    expect([classGroup('Left-shoe'), classGroup('hair'), classGroup('Spacesuit')]).toEqual([
      'clothes',
      'head',
      'other',
    ]);
    expect(classGroups.map(groupTitle)).toEqual(['面部', '头发与头部', '服饰', '身体', '其他']);
  });
});
