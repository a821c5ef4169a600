import { expect, it } from 'vitest';
import { kedaDefaults } from '../autoscale/keda-rule.ts';
import { byBacklog, byDrainTime } from './rules.ts';

const seen = { atS: 0, photos: 0, oldestS: 0, arrived: 0, workers: 0 };

it('by backlog: asks KEDA and the HorizontalPodAutoscaler at their own times', () => {
  const rule = byBacklog({ ...kedaDefaults, pollingIntervalS: 10, syncPeriodS: 15, target: 10, max: 50 });
  expect(rule.everyS).toBe(5);
  expect(rule.decide({ ...seen, atS: 5, photos: 100 })).toBe(0);
  expect(rule.decide({ ...seen, atS: 10, photos: 100 })).toBe(1);
  expect(rule.decide({ ...seen, atS: 15, photos: 40, workers: 1 })).toBe(4);
});

it('by drain time: for what comes and for what waits, faster if it waits too long, and not down at once', () => {
  const settings = { secondsPerPhoto: 2, drainS: 60, startS: 40, max: 100, windowS: 60, everyS: 5 };
  // 10 a second need 20 workers; 500 that wait, done within 100 s with the start of a worker, 10 more.
  expect(byDrainTime(settings).decide({ ...seen, photos: 500, arrived: 50 })).toBe(30);
  expect(byDrainTime(settings).decide({ ...seen, photos: 500, arrived: 50, oldestS: 61 })).toBe(40);
  const rule = byDrainTime(settings);
  rule.decide({ ...seen, photos: 500, arrived: 50 });
  expect(rule.decide({ ...seen, atS: 40, photos: 10, arrived: 50, workers: 30 })).toBe(30);
  expect(rule.decide({ ...seen, atS: 45, photos: 10, arrived: 50, workers: 30 })).toBeLessThan(30);
  expect(byDrainTime(settings).decide(seen)).toBe(0);
});
