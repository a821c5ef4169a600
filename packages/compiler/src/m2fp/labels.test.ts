import { describe, expect, it } from 'vitest';
import { cihp, lip } from './class-tables.ts';
import { createLabels } from './labels.ts';

describe('labels', () => {
  it("are CIHP's 20 and the whole person", () => {
    expect(cihp.names).toHaveLength(21);
    const labels = createLabels(cihp.names, 20);
    expect(labels[0]).toEqual({ id: 0, name: 'Background', color: [0, 0, 0], role: 'background' });
    expect(labels[13]).toEqual({ id: 13, name: 'Face', color: [0, 0, 255], role: 'part' });
    expect(labels[20]).toMatchObject({ id: 20, name: 'Human', role: 'person' });
    expect(labels.filter(({ role }) => role === 'part')).toHaveLength(19);
  });

  it('have a person only if one of the classes is the whole person', () => {
    const roles = (personClassId?: number) => createLabels(lip.names, personClassId).map(({ role }) => role);
    expect(roles()).not.toContain('person');
    expect(roles(20)).not.toContain('person');
    expect(roles(19).at(-1)).toBe('person');
  });

  it('have different colors, however many there are', () => {
    const names = Array.from({ length: 255 }, (_, id) => `class_${id}`);
    const colors = createLabels(names, undefined).map(({ color }) => color.join());
    expect(new Set(colors).size).toBe(255);
  });
});
