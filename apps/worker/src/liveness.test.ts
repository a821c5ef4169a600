import { describe, expect, it } from 'vitest';
import { createLiveness, type LivenessState } from './liveness.ts';

function scenario() {
  let time = 0;
  const liveness = createLiveness({ idleLimitMs: 100, busyLimitMs: 1_000, now: () => time });
  return (at: number, state: LivenessState): boolean => {
    time = at;
    liveness.look(state);
    return liveness.health().isStuck;
  };
}

describe('liveness', () => {
  it('is stuck if jobs wait and none is started for too long', () => {
    const stuckAt = scenario();
    expect(stuckAt(50, { waiting: 1, active: 0, movedAt: 0 })).toBe(false);
    expect(stuckAt(101, { waiting: 1, active: 0, movedAt: 0 })).toBe(true);
  });

  it('counts from when the first job waits, not from when the last one ended', () => {
    const stuckAt = scenario();
    expect(stuckAt(10_000, { waiting: 0, active: 0, movedAt: 5 })).toBe(false);
    expect(stuckAt(10_050, { waiting: 3, active: 0, movedAt: 5 })).toBe(false);
    expect(stuckAt(10_101, { waiting: 3, active: 0, movedAt: 5 })).toBe(true);
  });

  it('gives a running job more time, counted from its last step', () => {
    const stuckAt = scenario();
    expect(stuckAt(900, { waiting: 5, active: 1, movedAt: 10 })).toBe(false);
    expect(stuckAt(1_800, { waiting: 5, active: 1, movedAt: 900 })).toBe(false);
    expect(stuckAt(1_901, { waiting: 0, active: 1, movedAt: 900 })).toBe(true);
  });

  it('is well again as soon as something moves', () => {
    const stuckAt = scenario();
    expect(stuckAt(200, { waiting: 1, active: 0, movedAt: 0 })).toBe(true);
    expect(stuckAt(210, { waiting: 1, active: 1, movedAt: 205 })).toBe(false);
  });

  it('is not to blame while Redis does not answer, and has its full time afterwards', () => {
    const stuckAt = scenario();
    expect(stuckAt(5_000, { waiting: undefined, active: 0, movedAt: 0 })).toBe(false);
    expect(stuckAt(5_090, { waiting: 2, active: 0, movedAt: 0 })).toBe(false);
    expect(stuckAt(5_101, { waiting: 2, active: 0, movedAt: 0 })).toBe(true);
  });
});

describe('the health of a worker', () => {
  function watched() {
    let time = 0;
    const liveness = createLiveness({ idleLimitMs: 60_000, busyLimitMs: 300_000, now: () => time });
    const at = (ms: number, state: LivenessState) => {
      time = ms;
      liveness.look(state);
      return liveness.health();
    };
    return { liveness, at };
  }

  it('tells what the worker is doing, and for how long nothing has moved', () => {
    const { liveness, at } = watched();
    expect(liveness.health()).toMatchObject({ state: 'starting', isStuck: false, waiting: null });
    expect(at(1_000, { waiting: 0, active: 0, movedAt: 0 })).toMatchObject({ state: 'idle', blockedS: 0 });
    expect(at(2_000, { waiting: 4, active: 2, movedAt: 2_000 })).toEqual({
      ...{ isStuck: false, state: 'busy', active: 2, waiting: 4, quietS: 0, blockedS: 0 },
    });
    expect(at(62_000, { waiting: 4, active: 2, movedAt: 2_000 })).toMatchObject({ quietS: 60, blockedS: 60 });
    expect(at(63_000, { waiting: 0, isPaused: true, active: 0, movedAt: 2_000 })).toMatchObject({ state: 'paused' });
    expect(at(64_000, { waiting: undefined, active: 0, movedAt: 2_000 })).toMatchObject({
      ...{ isStuck: false, state: 'waiting for Redis', waiting: null, quietS: 62, blockedS: 0 },
    });
  });

  it('is bad if jobs wait and none is taken, as after an outage that left the worker silent', () => {
    const { at } = watched();
    at(500_000, { waiting: undefined, active: 0, movedAt: 0 });
    expect(at(530_000, { waiting: 1, active: 0, movedAt: 0 })).toMatchObject({ state: 'jobs wait', isStuck: false });
    expect(at(561_000, { waiting: 1, active: 0, movedAt: 0 })).toMatchObject({
      ...{ state: 'jobs wait', isStuck: true, blockedS: 61 },
    });
  });

  it('is bad at once if the worker has ended by itself', () => {
    const { at } = watched();
    const state = { waiting: 0, active: 0, movedAt: 0 } as const;
    expect(at(1_000, { ...state, intake: 'open' })).toMatchObject({ state: 'idle', isStuck: false });
    expect(at(2_000, { ...state, intake: 'paused' })).toMatchObject({ state: 'waiting for S3', isStuck: false });
    expect(at(3_000, { ...state, intake: 'ended' })).toMatchObject({ state: 'ended', isStuck: true });
  });
});
