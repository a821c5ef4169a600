/**
 * Half-precision numbers (IEEE 754 binary16) as the 16 bits that they are. Node has `Float16Array` from version 24 on;
 * this is for all.
 */
// `!` below: indices within the arrays' lengths, and a table of all 16-bit numbers.

/** The value of each half by its bits. Made when it is needed, 256 KiB. */
let values: Float32Array | undefined;

/** Exact: every half is a float32. */
export function floatsFromHalves(halves: Uint16Array): Float32Array {
  values ??= Float32Array.from({ length: 65_536 }, (_, bits) => valueOf(bits));
  const floats = new Float32Array(halves.length);
  for (let i = 0; i < floats.length; i += 1) floats[i] = values[halves[i]!]!;
  return floats;
}

/** Rounds to the nearest half, ties to the even one; 65,520 and above are infinite. */
export function halvesFromFloats(floats: Float32Array): Uint16Array {
  const bits = new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
  const halves = new Uint16Array(floats.length);
  for (let i = 0; i < halves.length; i += 1) halves[i] = halfOf(bits[i]!);
  return halves;
}

function valueOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  // Without the leading 1 below the smallest normal number, 2^-14.
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** @param bits of a float32 */
function halfOf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fff_ffff;
  if (magnitude > 0x7f80_0000) return sign | 0x7e00;
  // 65,520, halfway from the largest half to what would be the next.
  if (magnitude >= 0x477f_f000) return sign | 0x7c00;
  if (magnitude < 0x3880_0000) return sign | subnormalOf(magnitude);
  // The exponent's bias is 15 in place of 127; 13 bits of the fraction go, and what they carry goes into the rest.
  return sign | ((magnitude - (112 << 23) + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
}

/** Below 2^-14, halves are multiples of 2^-24. @param magnitude bits of a float32 */
function subnormalOf(magnitude: number): number {
  const exponent = magnitude >>> 23;
  // Below 2^-25, half of the smallest half, everything is 0; shifts end at 31 bits.
  if (exponent < 102) return 0;
  const fraction = (magnitude & 0x7f_ffff) | 0x80_0000;
  const dropped = 126 - exponent;
  const kept = fraction >>> dropped;
  const rest = fraction & ((1 << dropped) - 1);
  const tie = 1 << (dropped - 1);
  return rest > tie || (rest === tie && (kept & 1) === 1) ? kept + 1 : kept;
}
