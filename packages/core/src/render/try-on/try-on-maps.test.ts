// cspell:ignore cudk LRSZ lgggr eeeef uttuu uuutu uuttu luuur gutug
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { labelSets } from '../../../testing/render/label-sets.ts';
import type { LabelSet } from './class-maps.ts';
import type { LabelMap } from './translate.ts';
import { agnosticMask, translateLabelMap } from './try-on-maps.ts';

const cihp = labelSets['CIHP (M2FP for many people)'];
const fashn = labelSets['FASHN (SegFormer)'];

/** What the letters of a drawing mean; a dot is background. */
const letters: Readonly<Record<string, string>> = {
  ...{ h: 'Hair', f: 'Face', t: 'Torso-skin', u: 'UpperClothes', d: 'Dress', c: 'Coat', p: 'Pants', k: 'Skirt' },
  ...{ l: 'Left-arm', r: 'Right-arm', L: 'Left-leg', R: 'Right-leg', S: 'Left-shoe', Z: 'Right-shoe', g: 'Glove' },
  ...{ s: 'Socks', a: 'arms', e: 'legs', o: 'top', b: 'belt' },
};

function draw(set: LabelSet, rows: readonly string[], people?: readonly string[]): LabelMap {
  const idOf = (letter: string): number => {
    if (letter === '.') return 0;
    return set.labels.find(({ name }) => name === letters[letter])?.id ?? -1;
  };
  const classes = Uint8Array.from(rows.join(''), idOf);
  const persons = people === undefined ? classes.map(Math.sign) : Uint8Array.from(people.join(''), Number);
  return { width: rows[0]?.length ?? 0, classes, people: () => persons };
}

/** As numbers in base 36, a letter or digit each. */
function show(canvas: Uint8Array, width: number): string[] {
  const text = Array.from(canvas, (id) => (id === 255 ? '#' : id === 0 ? '.' : id.toString(36))).join('');
  return text.match(new RegExp(`.{${width}}`, 'g')) ?? [];
}

const atrOf = (map: LabelMap, set: LabelSet = cihp): string[] => show(translateLabelMap(map, set, 'atr'), map.width);
const lipOf = (map: LabelMap, set: LabelSet): string[] => show(translateLabelMap(map, set, 'lip'), map.width);

describe('from CIHP to ATR', () => {
  test('coats and upper clothes are one, and what has its own class keeps it', () => {
    expect(atrOf(draw(cihp, ['h.cudk', 'fpLRSZ']))).toEqual(['2.4475', 'b6cd9a']);
  });

  test('a glove becomes the arm that it touches, at a side or a corner, and nothing without one', () => {
    expect(atrOf(draw(cihp, ['l.....gg.', '.g..r..g.', '...gg....', 'u.......g']))).toEqual([
      'e........',
      '.e..f....',
      '...ff....',
      '4........',
    ]);
  });

  test('a glove between both arms becomes the one that it has the longer border with', () => {
    expect(atrOf(draw(cihp, ['l....', 'lgggr', 'l....']))).toEqual(['e....', 'eeeef', 'e....']);
  });

  test('a sock becomes the leg that it touches, or else that of the shoe', () => {
    expect(atrOf(draw(cihp, ['L.p.p', 's.s..', 'Z.Z.s']))).toEqual(['c.6.6', 'c.d..', 'a.a..']);
  });

  test('skin of the trunk becomes face only where it touches the face', () => {
    expect(atrOf(draw(cihp, ['.f...', '.t...', 'uttuu', 'uuutu']))).toEqual(['.b...', '.b...', '4bb44', '444b4']);
    expect(atrOf(draw(cihp, ['.f...', '.t...', 'uuuuu', 'uuttu']))).toEqual(['.b...', '.b...', '44444', '44..4']);
  });

  test('what belongs to another person does not count', () => {
    const map = draw(cihp, ['lgr', '...'], ['122', '000']);
    expect(atrOf(map)).toEqual(['eff', '...']);
    expect(atrOf(draw(cihp, ['lg.'], ['120']))).toEqual(['e..']);
    expect(atrOf(draw(cihp, ['lg.'], ['100']))).toEqual(['ee.']);
  });
});

describe('limbs without a side', () => {
  test('get the side that they have on a person who faces the camera', () => {
    const map = draw(fashn, ['a.o.a', 'a.o.a', '.e.e.']);
    expect(atrOf(map, fashn)).toEqual(['f.4.e', 'f.4.e', '.d.c.']);
    expect(lipOf(map, fashn)).toEqual(['f.5.e', 'f.5.e', '.h.g.']);
  });

  test('each by its own person', () => {
    const map = draw(fashn, ['aoa.aoa'], ['1110222']);
    expect(atrOf(map, fashn)).toEqual(['f4e.f4e']);
  });
});

describe('the agnostic mask', () => {
  const body = draw(cihp, ['..h..', '..f..', '..t..', 'luuur', 'gutug', '.ppp.', '.L.R.', '.s.s.', '.S.Z.']);
  const mask = (garment: 'upper' | 'lower' | 'dresses'): string[] => show(agnosticMask(body, cihp, garment), 5);

  test('has clothes, arms and skin of the upper body, and keeps neck, hands and head', () => {
    expect(mask('upper')).toEqual([
      ...['.....', '.....', '.....', '#####', '.###.', '.....', '.....', '.....', '.....'],
    ]);
  });

  test('has trousers and legs of the lower body, and keeps the feet', () => {
    expect(mask('lower')).toEqual([
      ...['.....', '.....', '.....', '.....', '.....', '.###.', '.#.#.', '.....', '.....'],
    ]);
  });

  test('has both for dresses', () => {
    expect(mask('dresses')).toEqual([
      ...['.....', '.....', '.....', '#####', '.###.', '.###.', '.#.#.', '.....', '.....'],
    ]);
  });

  test('has dress, coat and skirt in their halves', () => {
    const map = draw(cihp, ['dck']);
    expect(show(agnosticMask(map, cihp, 'upper'), 3)).toEqual(['##.']);
    expect(show(agnosticMask(map, cihp, 'lower'), 3)).toEqual(['..#']);
  });
});

test('regions are those that a flood fill finds, on any map', () => {
  const glove = 3;
  const map = fc
    .record({ width: fc.integer({ min: 1, max: 12 }), height: fc.integer({ min: 1, max: 12 }) })
    .chain(({ width, height }) =>
      fc.record({
        width: fc.constant(width),
        classes: fc
          .array(fc.constantFrom(0, glove, glove, 14, 15), { minLength: width * height, maxLength: width * height })
          .map((ids) => Uint8Array.from(ids)),
      }),
    );
  fc.assert(
    fc.property(map, ({ width, classes }) => {
      const translated = translateLabelMap(
        { width, classes, people: () => new Uint8Array(classes.length) },
        cihp,
        'atr',
      );
      expect([...translated]).toEqual([...floodFilled(classes, width, glove)]);
    }),
    { seed: 1, numRuns: 300 },
  );
});

/** Slow and plain: each region of `wanted` becomes the arm that it meets most often, 14 rather than 15. */
function floodFilled(classes: Uint8Array, width: number, wanted: number): Uint8Array {
  const result = classes.map((id) => (id === wanted ? 0 : id));
  const seen = new Set<number>();
  for (let start = 0; start < classes.length; start++) {
    if (classes[start] !== wanted || seen.has(start)) continue;
    const region = [start];
    seen.add(start);
    const met = { 14: 0, 15: 0 };
    for (const pixel of region) {
      for (const next of neighborsOf(pixel, width, classes.length)) {
        const id = classes[next];
        if (id === 14 || id === 15) met[id] += 1;
        if (id !== wanted || seen.has(next)) continue;
        seen.add(next);
        region.push(next);
      }
    }
    const arm = met[14] === 0 && met[15] === 0 ? 0 : met[15] > met[14] ? 15 : 14;
    for (const pixel of region) result[pixel] = arm;
  }
  return result;
}

function neighborsOf(pixel: number, width: number, length: number): number[] {
  const [x, y] = [pixel % width, Math.floor(pixel / width)];
  const around = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => [x + dx, y + dy] as const));
  return around
    .filter(([nx, ny]) => nx >= 0 && nx < width && ny >= 0 && ny * width < length && !(nx === x && ny === y))
    .map(([nx, ny]) => ny * width + nx);
}
