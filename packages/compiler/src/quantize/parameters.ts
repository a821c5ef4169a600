/**
 * Affine quantization: `value = scale * (stored - zeroPoint)`. Activations are u8 with any zero point, weights s8 with
 * zero point 0 and one scale per channel: the only combination that onnxruntime computes fast on x86.
 */
// `!` below: loops over weights, within the lengths that their shapes give.
import { readFile } from 'node:fs/promises';
import { arch, platform } from 'node:os';

/** Of an activation stored in 0..255. */
export interface Quantization {
  readonly scale: number;
  readonly zeroPoint: number;
}

export interface ValueRange {
  readonly low: number;
  readonly high: number;
}

/** Zero is always inside, and stored exactly: padding and ReLU need it. */
export function quantizationFor({ low, high }: ValueRange): Quantization {
  const bottom = Math.min(low, 0);
  const top = Math.max(high, 0);
  // A tensor that is zero throughout still needs a scale.
  const scale = Math.fround(top > bottom ? (top - bottom) / 255 : 1);
  return { scale, zeroPoint: Math.round(Math.min(Math.max(-bottom / scale, 0), 255)) };
}

/** Bits of a weight. 7 if the CPU adds products of u8 and s8 in 16 bits, which 8-bit weights would overflow. */
export type WeightBits = 7 | 8;

export interface QuantizedWeights {
  /** In the order of the source. */
  readonly data: Int8Array;
  /** A scale for each output channel. */
  readonly scales: Float32Array;
}

/** Largest stored bias: far enough from 2^31 that the sum of products cannot carry it over. */
const biasLimit = 2 ** 30;

/**
 * Rounds weights whose first axis is the output channel. A bias, stored in units of `inputScale` times the channel's
 * scale, raises the scale until it fits into 32 bits.
 */
export function quantizeWeights(
  weights: Float32Array,
  channels: number,
  bits: WeightBits,
  bias?: { readonly values: Float32Array; readonly inputScale: number },
): QuantizedWeights {
  const limit = 2 ** (bits - 1) - 1;
  const perChannel = weights.length / channels;
  const data = new Int8Array(weights.length);
  const scales = new Float32Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const [start, end] = [channel * perChannel, (channel + 1) * perChannel];
    let largest = 0;
    for (let i = start; i < end; i++) largest = Math.max(largest, Math.abs(weights[i]!));
    const least = bias === undefined ? 0 : Math.abs(bias.values[channel]!) / (biasLimit * bias.inputScale);
    const scale = Math.fround(Math.max(largest / limit, least) || 1);
    scales[channel] = scale;
    for (let i = start; i < end; i++) data[i] = Math.min(Math.max(Math.round(weights[i]! / scale), -limit), limit);
  }
  return { data, scales };
}

/** A convolution's bias in the units of its sums of products. */
export function quantizeBias(bias: Float32Array, inputScale: number, weightScales: Float32Array): Int32Array {
  return Int32Array.from(bias, (value, channel) => Math.round(value / (inputScale * weightScales[channel]!)));
}

/** [rows, columns] to [columns, rows]. */
export function transposeInt8(values: Int8Array, columns: number): Int8Array {
  const rows = values.length / columns;
  const result = new Int8Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column]!;
  }
  return result;
}

/** `auto` asks this machine's CPU, which has to be like the one that the bundle is for. */
export type ReduceRange = 'on' | 'off' | 'auto';

/**
 * x86 without VNNI adds pairs of u8·s8 products in 16 bits, where 8-bit weights overflow. If the CPU's flags cannot be
 * read, 8 bits on ARM and 7 on x86.
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
