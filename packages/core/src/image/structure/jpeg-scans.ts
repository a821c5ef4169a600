/** Frames and scans of a JPEG, and which coefficients the scans bring (ITU-T T.81, B.2.2, B.2.3 and G.1.1.1). */

export interface Component {
  readonly id: number;
  /** Horizontal and vertical sampling factors. */
  readonly h: number;
  readonly v: number;
}

export interface Frame {
  readonly width: number;
  readonly height: number;
  /** Where in the file the height is. */
  readonly heightAt: number;
  /** Where in the file the first component's sampling factors are, one byte. */
  readonly factorsAt: number;
  readonly isProgressive: boolean;
  readonly components: readonly Component[];
}

export interface Scan {
  /** Positions in the frame's list. */
  readonly components: readonly number[];
  /** The first and the last coefficient, 0 to 63. */
  readonly first: number;
  readonly last: number;
  /** Bits of the coefficients that are left for later scans. */
  readonly low: number;
  /** That the scan goes over, about. */
  readonly samples: number;
  /** The Huffman tables of its coefficients: class times 16 plus number. None if its data is plain bits. */
  readonly tables: readonly number[];
}

/**
 * Undefined if it is not valid, which is left to the decoder to say.
 * @param dataAt where in the file the segment's data begins
 */
export function readFrame(code: number, data: Buffer, dataAt: number): Frame | undefined {
  const count = data[5] ?? 0;
  if (count === 0 || data.length < 6 + count * 3) return undefined;
  const components = Array.from({ length: count }, (_, i) => {
    const [id = 0, factors = 0] = data.subarray(6 + i * 3);
    return { id, h: factors >> 4, v: factors & 15 };
  });
  if (components.some(({ h, v }) => h === 0 || v === 0)) return undefined;
  const isProgressive = [0xc2, 0xc6, 0xca, 0xce].includes(code);
  const [height, width] = [data.readUInt16BE(1), data.readUInt16BE(3)];
  return { width, height, heightAt: dataAt + 1, factorsAt: dataAt + 7, isProgressive, components };
}

/** Undefined if it is not valid. */
export function readScan(data: Buffer, frame: Frame): Scan | undefined {
  const count = data[0] ?? 0;
  if (count === 0 || data.length < 4 + count * 2) return undefined;
  const { width, height, isProgressive } = frame;
  const chosen = Array.from({ length: count }, (_, i) => ({
    position: frame.components.findIndex(({ id }) => id === data[1 + i * 2]),
    tables: data[2 + i * 2] ?? 0,
  }));
  if (chosen.some(({ position }) => position === -1)) return undefined;
  const [first = 0, last = 0, bits = 0] = data.subarray(1 + count * 2);
  const widest = Math.max(...frame.components.map(({ h }) => h));
  const tallest = Math.max(...frame.components.map(({ v }) => v));
  const parts = chosen.map(({ position }) => frame.components[position]).filter((part) => part !== undefined);
  return {
    components: chosen.map(({ position }) => position),
    ...(isProgressive ? { first, last, low: bits & 15 } : { first: 0, last: 63, low: 0 }),
    samples: parts.reduce((sum, { h, v }) => sum + (width * height * h * v) / (widest * tallest), 0),
    tables: chosen.flatMap(({ tables }) => {
      const [dc, ac] = [tables >> 4, 16 + (tables & 15)];
      if (!isProgressive) return [dc, ac];
      if (first > 0) return [ac];
      return bits >> 4 === 0 ? [dc] : [];
    }),
  };
}

const blockSize = 64;

/** For each coefficient of each component, how many of its bits are still to come. */
export class Coefficients {
  readonly #bitsLeft: readonly Uint8Array[];

  constructor(frame: Frame) {
    this.#bitsLeft = frame.components.map(() => new Uint8Array(blockSize).fill(255));
  }

  add({ components, first, last, low }: Scan): void {
    for (const component of components) this.#bitsLeft[component]?.fill(low, first, last + 1);
  }

  areComplete(): boolean {
    return this.#bitsLeft.every((bits) => bits.every((left) => left === 0));
  }
}
