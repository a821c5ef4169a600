import { format } from 'prettier';
import { describe, expect, test } from 'vitest';
import { labelSets, singlePerson } from '../../../testing/render/label-sets.ts';
import { atrClasses, classMeanings, isKnownClass, lipClasses, type Rule } from './class-maps.ts';

const sets = Object.entries(labelSets);
const namesOf = { lip: lipClasses, atr: atrClasses } as const;

/** Every id that the rule may give. */
function resultsOf(rule: Rule): number[] {
  if (typeof rule === 'number') return [rule];
  if ('left' in rule) return [rule.left, rule.right];
  return [...rule.touches.flatMap((idOf) => Object.values(idOf)), rule.otherwise];
}

describe.each(sets)('%s', (_, set) => {
  test('has no class without a meaning', () => {
    expect(set.labels.filter(({ name }) => !isKnownClass(name))).toEqual([]);
  });

  test('becomes nothing but ids of LIP and ATR; left stays left and right stays right', () => {
    for (const [id, meaning] of classMeanings(set)) {
      const [, side] = /^(left|right)-/i.exec(set.labels[id]?.name ?? '') ?? [];
      for (const to of ['lip', 'atr'] as const) {
        for (const result of resultsOf(meaning[to])) {
          const name = namesOf[to][result];
          expect(name, `${id} in ${to}`).toBeDefined();
          if (side !== undefined) expect(name).toMatch(new RegExp(`^${side}-`, 'i'));
        }
      }
    }
  });
});

test.each([
  ['LIP', labelSets['LIP (M2FP for one person, SCHP)'], 'lip', 20],
  ['LIP under the names that the published model for one person gives it', singlePerson, 'lip', 20],
  ['ATR', labelSets['ATR (SCHP)'], 'atr', 18],
] as const)('%s stays itself', (_, set, to, count) => {
  const ids = [...classMeanings(set)].map(([id, meaning]) => [id, meaning[to]]);
  expect(ids).toEqual(Array.from({ length: count }, (__, id) => [id, id]));
});

test('only the model for one person means LIP by CIHP’s names', () => {
  const set = labelSets['CIHP (M2FP for many people)'];
  expect(classMeanings(set).get(10)).toMatchObject({ lip: 0, repainted: 'upper unless neck' });
  expect(classMeanings({ ...singlePerson, kind: 'semantic' }).get(10)).toMatchObject({ lip: 0 });
});

test('a torso is clothed if the label set has no clothes, else it is skin', () => {
  const meaningOf = (...names: string[]) =>
    classMeanings({ kind: 'semantic', labels: names.map((name, id) => ({ id, name })) }).get(1);
  expect(meaningOf('background', 'Torso', 'Head')).toMatchObject({ lip: 5, atr: 4, repainted: 'upper' });
  expect(meaningOf('background', 'torso', 'top')).toMatchObject({ lip: 0, repainted: 'upper unless neck' });
});

test('names match whatever their case, hyphens, underscores and spaces; unknown ones mean nothing', () => {
  const names = ['left_arm', 'LEFT ARM', 'LeftArm', 'spoiler'];
  const set = { kind: 'semantic', labels: names.map((name, id) => ({ id, name })) };
  expect([...classMeanings(set).values()].map(({ lip }) => lip)).toEqual([14, 14, 14, 0]);
});

test('docs/class-maps.md says what the table says', async () => {
  await expect(await document()).toMatchFileSnapshot('../../../../../docs/class-maps.md');
});

function textOf(rule: Rule, names: readonly string[]): string {
  const title = (id: number): string => (id === 0 ? '0' : `${id} ${names[id] ?? ''}`);
  if (typeof rule === 'number') return title(rule);
  if ('left' in rule) return `${title(rule.left)} or ${title(rule.right)}, by side`;
  const [first = {}, ...others] = rule.touches;
  const results = [...new Set(Object.values(first))].map(title).join(', ');
  const fallback = others.length === 0 ? '' : ', else by the shoe';
  const choice = results.includes(',') ? `${results}: the one it touches` : `${results} if it touches that`;
  return `${choice}${fallback}, else ${rule.otherwise}`;
}

const repaintedText = {
  upper: 'upper',
  lower: 'lower',
  'upper unless neck': 'upper, unless it touches the face',
  kept: '',
} as const;

async function document(): Promise<string> {
  const tables = sets.flatMap(([title, set]) => {
    const rows = [...classMeanings(set)].map(([id, { lip, atr, repainted }]) => {
      const name = set.labels[id]?.name ?? '';
      return `| ${id} | ${name} | ${textOf(lip, lipClasses)} | ${textOf(atr, atrClasses)} | ${repaintedText[repainted]} |`;
    });
    const head = ['| id | class | `parse-lip` | `parse-atr` | `agnostic` |', '| --: | --- | --- | --- | --- |'];
    return [`## ${title}`, '', ...head, ...rows, ''];
  });
  const lines = [
    '# Class maps',
    '',
    '<!-- Made from packages/core/src/render/try-on by `npm run docs:generate`; edit the table, not this page. -->',
    '',
    'What each class of the known label sets becomes in `parse-lip.png` and `parse-atr.png`, and for which `garment`',
    'it is in `agnostic.png` (`dresses` is both halves). How it is decided, and what is lost, is in',
    '[outputs.md](outputs.md). A class is found by its name: case, hyphens, underscores and spaces do not matter.',
    'Classes of other names become 0.',
    '',
    ...tables,
  ];
  return format(lines.join('\n'), { parser: 'markdown', printWidth: 120 });
}
