import { describe, expect, it } from 'vitest';
import { DeliverySlots } from './delivery-slots.ts';

const url = (name: string): string => `https://${name}.example/hook`;

/** How many of `wanted` calls start, each to a receiver of its own. */
function startMany(slots: DeliverySlots, owner: string, wanted: number, perOwner = 20): number {
  let started = 0;
  for (let made = 0; made < wanted; made++) {
    if (slots.tryStart({ owner, url: url(`${owner}-${made}`), perOwner }) !== undefined) started++;
  }
  return started;
}

describe('slots for deliveries', () => {
  it('are at most so many for an owner', () => {
    expect(startMany(new DeliverySlots({ atOnce: 100, perReceiver: 5 }), 'a', 300)).toBe(20);
  });

  it('are counted by owner, for metrics', () => {
    const slots = new DeliverySlots({ atOnce: 100, perReceiver: 5 });
    startMany(slots, 'a', 3);
    const release = slots.tryStart({ owner: 'b', url: url('b'), perOwner: 20 });
    expect(slots.byOwner()).toEqual([
      ['a', 3],
      ['b', 1],
    ]);
    release?.();
    expect(slots.byOwner()).toEqual([['a', 3]]);
  });

  it('are left for others, however many owners take all they can', () => {
    const slots = new DeliverySlots({ atOnce: 100, perReceiver: 5 });
    for (let owner = 0; owner < 8; owner++) startMany(slots, `greedy-${owner}`, 300);
    expect(startMany(slots, 'newcomer', 300)).toBeGreaterThanOrEqual(1);
  });

  it('are all there for somebody without API keys, and at most so many for a receiver', () => {
    const slots = new DeliverySlots({ atOnce: 100, perReceiver: 5 });
    expect(startMany(slots, 'anonymous', 80, 1)).toBe(80);
    const same = { owner: 'anonymous', url: url('same'), perOwner: 1 };
    expect(Array.from({ length: 10 }, () => slots.tryStart(same)).filter(Boolean)).toHaveLength(5);
  });

  it('are one at least for each owner of a receiver that is busy with others’ calls', () => {
    const slots = new DeliverySlots({ atOnce: 100, perReceiver: 2 });
    const start = (owner: string) => slots.tryStart({ owner, url: url('same'), perOwner: 20 });
    expect([start('a'), start('a'), start('a')].map(Boolean)).toEqual([true, true, false]);
    expect([start('b'), start('b')].map(Boolean)).toEqual([true, false]);
  });

  it('are the same for a receiver’s name with a dot at its end', () => {
    const slots = new DeliverySlots({ atOnce: 100, perReceiver: 1 });
    const start = (target: string) => slots.tryStart({ owner: 'a', url: target, perOwner: 20 });
    expect(start('https://same.example:8443/hook')).toBeDefined();
    expect(start('https://SAME.example.:8443/other')).toBeUndefined();
    expect(start('https://same.example/hook')).toBeDefined();
    expect(start('https://same.example./hook')).toBeUndefined();
  });

  it('are free again once they are given back', () => {
    const slots = new DeliverySlots({ atOnce: 2, perReceiver: 1 });
    const request = { owner: 'a', url: url('same'), perOwner: 1 };
    for (let time = 0; time < 5; time++) {
      const release = slots.tryStart(request);
      expect(slots.tryStart(request)).toBeUndefined();
      release?.();
    }
  });
});
