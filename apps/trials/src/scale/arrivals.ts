/** When photos come: a day's curve, minutes in which many more come, and a batch that comes at once. From a seed. */

/** Numbers in [0, 1), the same for the same seed (mulberry32, public domain, by Tommy Ettinger). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Burst {
  readonly atS: number;
  readonly seconds: number;
  /** Times as many as otherwise. */
  readonly factor: number;
}

export interface Traffic {
  readonly seconds: number;
  /** On average, without bursts and batches. */
  readonly perSecond: number;
  /** The day's highest rate over its mean: 1 is flat, at most 2. */
  readonly peakToMean: number;
  readonly bursts: readonly Burst[];
  readonly batches: readonly { readonly atS: number; readonly photos: number }[];
}

const dayS = 86_400;
/** The day's highest rate, at two in the afternoon. */
const peakAtS = 14 * 3_600;

/** Photos per second that are expected at a time. */
export function rateAt(atS: number, { perSecond, peakToMean, bursts }: Omit<Traffic, 'seconds' | 'batches'>): number {
  const wave = 1 + (peakToMean - 1) * Math.cos((2 * Math.PI * (atS - peakAtS)) / dayS);
  const factors = bursts.filter(({ atS: from, seconds }) => atS >= from && atS < from + seconds);
  return factors.reduce((rate, { factor }) => rate * factor, perSecond * wave);
}

/**
 * The times of photos that come one by one, ascending, in s: a Poisson process whose rate follows the curve, by
 * thinning (Lewis and Shedler, 1979).
 */
export function singleArrivals(traffic: Traffic, random: () => number): Float64Array {
  const highest = traffic.perSecond * traffic.peakToMean * Math.max(1, ...traffic.bursts.map(({ factor }) => factor));
  const times: number[] = [];
  for (let atS = nextAfter(0); atS < traffic.seconds; atS = nextAfter(atS)) {
    if (random() * highest < rateAt(atS, traffic)) times.push(atS);
  }
  return Float64Array.from(times);

  function nextAfter(atS: number): number {
    return atS - Math.log(1 - random()) / highest;
  }
}
