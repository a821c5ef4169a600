import { expect, test } from 'vitest';
import { type Disturbance, planSchedule, type ScheduleSettings } from './schedule.ts';

const settings: ScheduleSettings = {
  ...{ seed: 7, seconds: 900, kills: 100, lockMs: 30_000 },
  replicas: { api: 2, worker: 2, dispatcher: 2 },
};

const isKill = ({ kind }: Disturbance): boolean => kind.startsWith('kill');

test('the same seed makes the same schedule, and another one another', () => {
  expect(planSchedule(settings)).toEqual(planSchedule(settings));
  expect(planSchedule({ ...settings, seed: 8 })).not.toEqual(planSchedule(settings));
});

test('is by time, within the time, and has nearly as many kills as were asked for', () => {
  const schedule = planSchedule(settings);
  const times = schedule.map(({ atMs }) => atMs);
  expect(times).toEqual([...times].sort((a, b) => a - b));
  expect(times.every((atMs) => atMs >= 0 && atMs <= 900_000)).toBe(true);
  expect(schedule.filter(isKill).length).toBeGreaterThanOrEqual(95);
  expect(schedule.filter(isKill).length).toBeLessThanOrEqual(100);
});

test('has every kind, and pauses workers and dispatchers for longer than a lock lasts', () => {
  const schedule = planSchedule(settings);
  const kinds = new Set(schedule.map(({ kind }) => kind));
  expect([...kinds].sort()).toEqual(['cut-off', 'kill', 'kill-parser', 'kill-redis', 'pause', 's3-trouble']);
  const pauses = schedule.flatMap((each) => (each.kind === 'pause' && each.role !== 'api' ? each.forMs : []));
  expect(Math.min(...pauses)).toBeGreaterThan(settings.lockMs);
});

test('leaves a process alone until it is back', () => {
  const until = new Map<string, number>();
  for (const each of planSchedule(settings)) {
    const place = 'replica' in each ? `${'role' in each ? each.role : 'worker'} ${each.replica}` : each.kind;
    expect(each.atMs).toBeGreaterThanOrEqual(until.get(place) ?? 0);
    until.set(place, each.atMs + ('downMs' in each ? each.downMs : 'forMs' in each ? each.forMs : 0));
  }
});
