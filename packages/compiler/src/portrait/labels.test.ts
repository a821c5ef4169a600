import { describe, expect, it } from 'vitest';
import { portraitLabels } from './labels.ts';

describe('the labels of the portrait bundle', () => {
  it('are the 19 of CelebAMask-HQ, background first', () => {
    expect(portraitLabels.map(({ name }) => name).join(' ')).toBe(
      'background skin l_brow r_brow l_eye r_eye eye_g l_ear r_ear ear_r nose mouth u_lip l_lip neck neck_l ' +
        'cloth hair hat',
    );
    expect(portraitLabels.map(({ id }) => id)).toEqual(portraitLabels.map((_, i) => i));
    expect(portraitLabels.filter(({ role }) => role === 'background').map(({ id }) => id)).toEqual([0]);
  });

  it('have colors that can be told apart', () => {
    for (const a of portraitLabels) {
      for (const b of portraitLabels.slice(a.id + 1)) {
        const distance = Math.hypot(...a.color.map((value, i) => value - (b.color[i] ?? 0)));
        expect(distance, `${a.name} and ${b.name}`).toBeGreaterThan(50);
      }
    }
  });
});
