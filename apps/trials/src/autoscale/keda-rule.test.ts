import { describe, expect, it } from 'vitest';
import { applyHorizontal, horizontalDefaults, noHistory, recommended, type HorizontalRule } from './horizontal-rule.ts';
import { createAutoscaler, kedaDefaults, type ScaledObject } from './keda-rule.ts';

const rule: HorizontalRule = { ...horizontalDefaults, target: 10, min: 1, max: 100 };

/** Replicas after each of some syncs, 15 s apart. */
function syncs(settings: HorizontalRule, from: number, metrics: readonly number[]): number[] {
  let [replicas, history] = [from, noHistory];
  return metrics.map((metric, i) => {
    ({ replicas, history } = applyHorizontal(settings, history, { atS: i * 15, metric, replicas }));
    return replicas;
  });
}

describe('recommended', () => {
  it('divides the metric by the target and rounds up', () => {
    expect(recommended(rule, { metric: 41, replicas: 1 })).toBe(5);
    expect(recommended(rule, { metric: 40, replicas: 1 })).toBe(4);
    expect(recommended(rule, { metric: 0, replicas: 3 })).toBe(0);
  });

  it('leaves it as it is within the tolerance of a tenth', () => {
    expect(recommended(rule, { metric: 54, replicas: 5 })).toBe(5);
    expect(recommended(rule, { metric: 56, replicas: 5 })).toBe(6);
    expect(recommended(rule, { metric: 46, replicas: 5 })).toBe(5);
    expect(recommended({ ...rule, tolerance: 0 }, { metric: 51, replicas: 5 })).toBe(6);
  });
});

describe('a HorizontalPodAutoscaler', () => {
  it('doubles or adds four per 15 s, whichever is more, and stops at the maximum', () => {
    expect(syncs({ ...rule, max: 30 }, 1, [1_000, 1_000, 1_000, 1_000])).toEqual([5, 10, 20, 30]);
  });

  it('goes down to the highest recommendation of the last five minutes', () => {
    const metrics = [100, ...Array.from({ length: 21 }, () => 20)];
    const replicas = syncs(rule, 10, metrics);
    expect(replicas.slice(0, 21)).toEqual(Array.from({ length: 21 }, () => 10));
    expect(replicas[21]).toBe(2);
  });

  it('without stabilization goes down at once, never below the minimum', () => {
    const quick = { ...rule, scaleDown: { ...rule.scaleDown, stabilizationS: 0 } };
    expect(syncs(quick, 10, [20, 0])).toEqual([2, 1]);
  });

  // The example in Kubernetes' documentation: four pods a minute or ten percent, whichever is more.
  it('removes 10 % of 80, then of 72 rounded up, and below 40 four pods a minute', () => {
    const scaleDown = {
      stabilizationS: 0,
      policies: [
        { type: 'Pods', value: 4, periodS: 60 },
        { type: 'Percent', value: 10, periodS: 60 },
      ],
    } as const;
    const step = (replicas: number): number =>
      applyHorizontal({ ...rule, scaleDown }, noHistory, { atS: 0, metric: 100, replicas }).replicas;
    expect([80, 72, 39, 35].map(step)).toEqual([72, 64, 35, 31]);
  });

  it('counts what it removed within the period against the policy', () => {
    const scaleDown = { stabilizationS: 0, policies: [{ type: 'Pods', value: 4, periodS: 60 }] } as const;
    expect(syncs({ ...rule, scaleDown }, 20, [10, 10, 10, 10, 10])).toEqual([16, 16, 16, 16, 12]);
  });
});

describe('a ScaledObject', () => {
  const scaled: ScaledObject = { ...kedaDefaults, target: 10, max: 8, cooldownS: 60 };

  it('goes from zero to one when the metric is above the activation value', () => {
    const autoscaler = createAutoscaler({ ...scaled, activation: 5 });
    expect(autoscaler.poll({ atS: 0, metric: 5, replicas: 0 })).toBe(0);
    expect(autoscaler.poll({ atS: 30, metric: 6, replicas: 0 })).toBe(1);
  });

  it('leaves zero replicas to polling, and the others to the HorizontalPodAutoscaler', () => {
    const autoscaler = createAutoscaler(scaled);
    expect(autoscaler.sync({ atS: 0, metric: 500, replicas: 0 })).toBe(0);
    expect(autoscaler.poll({ atS: 0, metric: 500, replicas: 2 })).toBe(2);
    expect(autoscaler.sync({ atS: 15, metric: 500, replicas: 2 })).toBe(6);
  });

  it('removes all only when the cooldown is over, counted from the last time that it saw work', () => {
    const autoscaler = createAutoscaler(scaled);
    expect(autoscaler.poll({ atS: 0, metric: 1, replicas: 1 })).toBe(1);
    expect(autoscaler.poll({ atS: 30, metric: 0, replicas: 1 })).toBe(1);
    expect(autoscaler.poll({ atS: 60, metric: 0, replicas: 1 })).toBe(1);
    expect(autoscaler.poll({ atS: 90, metric: 0, replicas: 1 })).toBe(0);
  });

  it('keeps its minimum without any work', () => {
    const autoscaler = createAutoscaler({ ...scaled, min: 2 });
    expect(autoscaler.poll({ atS: 0, metric: 0, replicas: 0 })).toBe(2);
    expect(autoscaler.poll({ atS: 1_000, metric: 0, replicas: 3 })).toBe(3);
  });
});
