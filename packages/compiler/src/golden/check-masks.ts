// `!` below: a loop over two arrays of the same length.
import { AppError } from '@m2fp/contract';
import type { Label } from '@m2fp/core/model';
import type { NetworkOutput, ParsedMask } from '@m2fp/core/parsing';
import { commonSpelling } from '../m2fp/class-tables.ts';
import { compareMasks } from './compare-masks.ts';
import { type GoldenCase, readGoldenCases } from './golden-cases.ts';

/** What a correct float32 conversion stays within, on any runtime. */
export const tolerances = {
  /** Largest difference of a network output, divided by its range (max - min). */
  output: 1e-4,
  /**
   * Or, where the reference's outputs are there in float64 as well: the largest difference from these, in multiples of
   * the reference's own. A network of the published size rounds on its way so often that some attention mask's logit,
   * of millions, lies within that of zero, where the network is not continuous: correct float32 ones then differ.
   */
  referenceErrors: 3,
  /** Pixels that differ, divided by all pixels of the masks. */
  pixels: 2e-4,
  score: 1e-4,
} as const;
export type Tolerances = typeof tolerances;

/**
 * How far the reference may be from float64 outputs of the same case, as a share of their range: many times what it
 * loses by rounding, and far less than two photos' outputs differ. Beyond it, thrice its error would admit any bundle.
 */
const farthestReference = 1e-2;

/** A network that can be compared with what the reference implementation computed. */
export interface GoldenNetwork {
  /** The network's output for a golden case's input, and the masks that the post-processing makes of it. */
  run(golden: GoldenCase): Promise<{ output: NetworkOutput; masks: readonly ParsedMask[] }>;
  /** The score below which the reference drops masks; undefined if it drops none. */
  readonly lowestScore: number | undefined;
  close(): Promise<void>;
}

/** What a bundle and the reference lose by rounding. */
export interface RoundingErrors {
  readonly bundle: number;
  readonly reference: number;
}

/** One golden case: how far a bundle is from the reference. Differences are not negative. */
export interface MasksReport {
  readonly what: 'masks';
  readonly name: string;
  /** Of `pred_logits` and `pred_masks`: the largest difference, divided by the reference's range. */
  readonly logits: number;
  readonly masks: number;
  /** Where there are float64 outputs: the largest differences from them, divided by their range. */
  readonly float64: { readonly logits?: RoundingErrors; readonly masks?: RoundingErrors };
  /** Share of the masks' pixels that differ, 0..1, and the largest difference of a score. */
  readonly pixels: number;
  readonly score: number;
  /** Labels of masks that only the reference or only the bundle has, except for those with scores at the threshold. */
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  readonly passed: boolean;
}

/**
 * Closes the network at the end. Throws `invalid_request` for golden cases that are none or of another network, and for
 * float64 outputs of another case.
 */
export async function* checkMasks(
  network: GoldenNetwork,
  labels: readonly Label[],
  goldenDir: string,
): AsyncGenerator<MasksReport> {
  try {
    for await (const golden of readGoldenCases(goldenDir)) yield await checkCase(network, labels, golden);
  } finally {
    await network.close();
  }
}

async function checkCase(network: GoldenNetwork, labels: readonly Label[], golden: GoldenCase): Promise<MasksReport> {
  const { output, masks } = await network.run(golden);
  assertSameNetwork(output, golden);
  const names = new Map(labels.map(({ id, name }) => [id, commonSpelling(name)]));
  const found = masks.map(({ classId, score, mask }) => ({
    label: names.get(classId) ?? `class ${classId}`,
    score,
    mask,
  }));
  const expected = golden.masks.map((mask) => ({ ...mask, label: commonSpelling(mask.label) }));
  const comparison = compareMasks(expected, found);
  const { lowestScore = -Infinity } = network;
  const isClear = ({ score }: { score: number }) => Math.abs(score - lowestScore) > tolerances.score;
  const { pred_logits, pred_masks } = golden.output;
  const logitErrors = roundingErrors(output.logits, golden, 'pred_logits');
  const maskErrors = roundingErrors(output.masks, golden, 'pred_masks');
  return judge({
    what: 'masks',
    name: golden.name,
    logits: rangeDifference(output.logits, pred_logits.data),
    masks: rangeDifference(output.masks, pred_masks.data),
    float64: { ...(logitErrors && { logits: logitErrors }), ...(maskErrors && { masks: maskErrors }) },
    pixels: comparison.pixels === 0 ? 0 : comparison.differingPixels / comparison.pixels,
    score: comparison.scoreDifference,
    missing: comparison.missing.filter(isClear).map(({ label }) => label),
    extra: comparison.extra.filter(isClear).map(({ label }) => label),
  });
}

function assertSameNetwork({ queries, classes, maskSize }: NetworkOutput, { name, output }: GoldenCase): void {
  const shapes = (logits: readonly number[], masks: readonly number[]) =>
    `[${logits.join(', ')}] and [${masks.join(', ')}]`;
  const found = shapes([queries, classes + 1], [queries, maskSize.height, maskSize.width]);
  const expected = shapes(output.pred_logits.shape, output.pred_masks.shape);
  if (found === expected) return;
  throw new AppError(
    'invalid_request',
    `The golden case ${name} is from another network: logits and masks are ${expected} there and ${found} here.`,
  );
}

/** Undefined without float64 outputs. Throws `invalid_request` if they cannot be those of this case. */
function roundingErrors(
  found: Float32Array,
  golden: GoldenCase,
  part: keyof GoldenCase['output'],
): RoundingErrors | undefined {
  const exact = golden.exact[part];
  if (exact === undefined) return undefined;
  const reference = rangeDifference(golden.output[part].data, exact);
  // Not `>`: NaN is refused as well.
  if (!(reference <= farthestReference)) {
    throw new AppError(
      'invalid_request',
      `${golden.name}.${part}.float64.npy does not belong to the case: the reference's float32 outputs are ` +
        `${reference.toExponential(1)} of the range away from it, and at most ${farthestReference} can be rounding.`,
    );
  }
  return { bundle: rangeDifference(found, exact), reference };
}

/** The largest difference, divided by the range of `expected`. NaN in, NaN out: no tolerance admits it. */
export function rangeDifference(found: Float32Array, expected: Float32Array | Float64Array): number {
  let largest = 0;
  let lowest = Infinity;
  let highest = -Infinity;
  for (let i = 0; i < expected.length; i++) {
    const value = expected[i]!;
    const difference = Math.abs(found[i]! - value);
    if (!(difference <= largest)) largest = difference;
    if (value < lowest) lowest = value;
    if (value > highest) highest = value;
    if (Number.isNaN(difference)) return NaN;
  }
  return largest === 0 ? 0 : largest / (highest - lowest);
}

function judge(report: Omit<MasksReport, 'passed'>): MasksReport {
  const passed =
    isClose(report.logits, report.float64.logits) &&
    isClose(report.masks, report.float64.masks) &&
    report.pixels <= tolerances.pixels &&
    report.score <= tolerances.score &&
    report.missing.length === 0 &&
    report.extra.length === 0;
  return { ...report, passed };
}

/** By either tolerance. `errors` are undefined without float64 outputs. */
function isClose(difference: number, errors: RoundingErrors | undefined): boolean {
  if (difference <= tolerances.output) return true;
  return errors !== undefined && errors.bundle <= tolerances.referenceErrors * errors.reference;
}
