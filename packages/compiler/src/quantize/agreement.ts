/** How far the label maps of two models agree. */
// `!` below: loops over pixels and classes, within the arrays' own lengths.

export interface Agreement {
  /** Share of the pixels that have the same class. */
  readonly pixels: number;
  /** Mean over the classes that either sees: pixels that both give the class, divided by those that either does. */
  readonly meanIou: number;
  /** The worst photo's. */
  readonly leastPixels: number;
  readonly leastMeanIou: number;
}

/** What the label maps have to reach; both are shares, 0..1. */
export interface Goal {
  readonly meanIou: number;
  readonly pixels: number;
}

export function isReached({ meanIou, pixels }: Goal, agreement: Agreement): boolean {
  return agreement.meanIou >= meanIou && agreement.pixels >= pixels;
}

const ids = 256;

interface Counts {
  readonly both: Float64Array;
  readonly either: Float64Array;
  equal: number;
  pixels: number;
}

/** Collects photos one by one. */
export class AgreementMeter {
  readonly #all = createCounts();
  #leastPixels = 1;
  #leastMeanIou = 1;

  /** Class ids of the same photo's pixels. */
  add(expected: Uint8Array, found: Uint8Array): void {
    if (expected.length !== found.length) throw new Error('The label maps are of different sizes.');
    const own = createCounts();
    own.pixels = expected.length;
    for (let i = 0; i < expected.length; i++) {
      const [a, b] = [expected[i]!, found[i]!];
      own.either[a]!++;
      if (a === b) {
        own.both[a]!++;
        own.equal++;
      } else own.either[b]!++;
    }
    this.#leastPixels = Math.min(this.#leastPixels, own.equal / own.pixels);
    this.#leastMeanIou = Math.min(this.#leastMeanIou, meanIou(own));
    this.#all.pixels += own.pixels;
    this.#all.equal += own.equal;
    for (let id = 0; id < ids; id++) {
      this.#all.both[id]! += own.both[id]!;
      this.#all.either[id]! += own.either[id]!;
    }
  }

  /** Over all photos so far. */
  result(): Agreement {
    const { equal, pixels } = this.#all;
    return {
      pixels: equal / pixels,
      meanIou: meanIou(this.#all),
      leastPixels: this.#leastPixels,
      leastMeanIou: this.#leastMeanIou,
    };
  }
}

function createCounts(): Counts {
  return { both: new Float64Array(ids), either: new Float64Array(ids), equal: 0, pixels: 0 };
}

function meanIou({ both, either }: Counts): number {
  const present = [...either.keys()].filter((id) => either[id]! > 0);
  return present.reduce((sum, id) => sum + both[id]! / either[id]!, 0) / present.length;
}
