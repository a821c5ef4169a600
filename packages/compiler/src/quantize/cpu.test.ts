import { expect, it } from 'vitest';
import { hasVnni, weightBits } from './cpu.ts';

function cpuinfo(flags: string): string {
  return `processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu sse2 ${flags} avx2\nbugs\t\t: spectre_v1\n`;
}

it.each([
  ['avx512f avx512_vnni', true],
  ['avx_vnni', true],
  ['avx512f', false],
  ['avx512_vnni_of_another_kind', false],
])('a CPU with %s has VNNI: %s', (flags, expected) => {
  expect(hasVnni(cpuinfo(flags))).toBe(expected);
});

it('a CPU whose flags cannot be read has none', () => {
  expect(hasVnni('')).toBe(false);
});

it('weights have 7 bits where that is asked for, and 8 where it is refused', async () => {
  expect(await weightBits('on')).toBe(7);
  expect(await weightBits('off')).toBe(8);
});
