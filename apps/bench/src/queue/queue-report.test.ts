import { expect, it } from 'vitest';
import { parts, type Part } from './process-times.ts';
import { whatIsFull } from './queue-report.ts';

const busiest = (changes: Partial<Record<Part, number>>) =>
  ({ ...Object.fromEntries(parts.map((part) => [part, 0.1])), ...changes }) as Record<Part, number>;

it.each([
  { machine: 0.5, shares: {}, full: '-' },
  { machine: 0.97, shares: { worker: 0.6 }, full: 'machine' },
  // A process that has a core to itself, whatever the others do.
  { machine: 0.97, shares: { worker: 0.95, s3: 0.91 }, full: 'worker' },
  { machine: 0.6, shares: { s3: 0.92 }, full: 's3' },
])('what is full: $full', ({ machine, shares, full }) => {
  expect(whatIsFull({ machine, busiest: busiest(shares) })).toBe(full);
});
