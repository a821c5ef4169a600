import { expect, it } from 'vitest';
import { AgreementMeter } from './agreement.ts';

it('equal maps agree completely', () => {
  const meter = new AgreementMeter();
  meter.add(Uint8Array.of(0, 3, 255), Uint8Array.of(0, 3, 255));
  expect(meter.result()).toEqual({ pixels: 1, meanIou: 1, leastPixels: 1, leastMeanIou: 1 });
});

it('the mean IoU is over the classes that either map has', () => {
  const meter = new AgreementMeter();
  // Class 0: 2 of 3 pixels; class 1: 1 of 3; class 2: 0 of 1, seen by the second map alone.
  meter.add(Uint8Array.of(0, 0, 0, 1, 1), Uint8Array.of(0, 0, 1, 1, 2));
  const { pixels, meanIou } = meter.result();
  expect(pixels).toBeCloseTo(3 / 5, 12);
  expect(meanIou).toBeCloseTo((2 / 3 + 1 / 3 + 0) / 3, 12);
});

it('photos count by their pixels, and the worst one is reported', () => {
  const meter = new AgreementMeter();
  meter.add(Uint8Array.of(0, 0, 0, 0, 0, 0), Uint8Array.of(0, 0, 0, 0, 0, 0));
  meter.add(Uint8Array.of(0, 1), Uint8Array.of(1, 1));
  const result = meter.result();
  expect(result.pixels).toBeCloseTo(7 / 8, 12);
  expect(result.meanIou).toBeCloseTo((6 / 7 + 1 / 2) / 2, 12);
  expect(result.leastPixels).toBeCloseTo(1 / 2, 12);
  expect(result.leastMeanIou).toBeCloseTo((0 + 1 / 2) / 2, 12);
});

it('maps of different sizes are a mistake', () => {
  expect(() => new AgreementMeter().add(new Uint8Array(2), new Uint8Array(3))).toThrow('different sizes');
});
