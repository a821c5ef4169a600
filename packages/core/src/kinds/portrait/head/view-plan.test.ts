import { describe, expect, it } from 'vitest';
import { createViewPlan, type View } from './view-plan.ts';

const plan = createViewPlan({ cropScale: 2.4, widestCropScale: 4.4 });
const nothing = { left: false, right: false, top: false, bottom: false };
const left = ({ center, side }: View) => center.x - side / 2;
const right = ({ center, side }: View) => center.x + side / 2;

describe('the views of a head', () => {
  it('are two if it touches no side', () => {
    expect(plan.main.side).toBe(2.4);
    expect(plan.close.side).toBeLessThan(plan.main.side);
    expect(plan.further(nothing)).toEqual([]);
  });

  it('follow it to the sides that it touches, with the middle of the face in them', () => {
    const views = plan.further({ left: true, right: true, top: true, bottom: true });
    expect(views).toHaveLength(4);
    expect(Math.max(...views.map(right)) - Math.min(...views.map(left))).toBeCloseTo(4.4);
    for (const { center, side } of views)
      expect(Math.max(Math.abs(center.x), Math.abs(center.y))).toBeLessThan(side / 2);
  });

  it('follow hair in its direction, each step farther', () => {
    const [near, far] = [0, 1].map((step) => plan.beyond({ x: 0, y: 3 }, step));
    expect(near?.center.x).toBe(0);
    expect(near?.center.y).toBeLessThan(far?.center.y ?? 0);
    expect(near).toMatchObject({ isFaceless: true });
  });
});
