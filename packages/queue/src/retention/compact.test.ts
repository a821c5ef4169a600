import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compact, compactText, expand, expandText, isCompact } from './compact.ts';

describe('what is packed', () => {
  it('comes back as it was, whatever the reader knows', () => {
    const known = fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { maxLength: 5 });
    fc.assert(
      fc.property(fc.jsonValue(), known, (value, parts) => {
        expect(expand(compact(value, parts), parts)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('may contain what the reader knows, also where it looks like something else', () => {
    const known = ['results/$&/"x"/', '1', '\u0001'];
    const value = { 'results/$&/"x"/': ['results/$&/"x"/masks.json', 11, '\u0001\u0002'] };
    expect(expand(compact(value, known), known)).toEqual(value);
  });

  it('comes back from text too, and so does the JSON of an earlier version', () => {
    const value = { v: 1, state: 'done', content: { note: 'größe' } };
    expect(expandText(compactText(value))).toEqual(value);
    expect(expandText(JSON.stringify(value))).toEqual(value);
  });

  it('stays readable: what was packed with the dictionary of the first version', () => {
    const packed = 'AavGaMFg9FhqIdkAXHWhlJIo7W4lHUiWjMXfKiC6GqzVIaXmqMUZiMieBQA=';
    expect(expandText(packed)).toEqual({
      error: { code: 'image_unreadable' },
      names: ['background', 'Upper-clothes', 'neck'],
      options: { short_side: 540, outputs: ['masks', 'colormap', 'instances'] },
      model: { name: 'portrait', kind: 'portrait' },
      timings: { fetch: 1.2, store: 5.9 },
    });
  });

  it('is told from JSON and from what another version packed', () => {
    expect(isCompact(compact({}))).toBe(true);
    for (const other of [Buffer.from('{}'), Buffer.of(2, 3, 4)]) {
      expect(isCompact(other)).toBe(false);
      expect(() => expand(other)).toThrow('another version');
    }
  });

  it('is not unpacked beyond a bound', () => {
    expect(() => expand(compact('x'.repeat(2 ** 20)))).toThrow();
  });
});
