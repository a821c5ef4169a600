import { readFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import type { WeightBits } from './parameters.ts';

/** `auto` asks the CPU that this runs on, which has to be like the one that the bundle is for. */
export type ReduceRange = 'on' | 'off' | 'auto';

/**
 * x86 without VNNI adds pairs of u8·s8 products in 16 bits, where 8-bit weights overflow. Where the CPU's flags cannot
 * be read, 8 bits on ARM and 7 on x86.
 */
export async function weightBits(reduceRange: ReduceRange): Promise<WeightBits> {
  if (reduceRange === 'auto') return (await addsIn32Bits()) ? 8 : 7;
  return reduceRange === 'on' ? 7 : 8;
}

async function addsIn32Bits(): Promise<boolean> {
  if (arch() !== 'x64') return true;
  if (platform() !== 'linux') return false;
  return hasVnni(await readFile('/proc/cpuinfo', 'utf8').catch(() => ''));
}

/** `cpuinfo` as Linux has it in /proc/cpuinfo. */
export function hasVnni(cpuinfo: string): boolean {
  const flags = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.trim().split(/\s+/) ?? [];
  return flags.includes('avx512_vnni') || flags.includes('avx_vnni');
}
