// `!` below: a loop over two arrays of the same length.
import { AppError } from '@m2fp/contract';
import { type Bundle, type FloatTensor, type Manifest, openBundle, type SessionSettings } from '@m2fp/core/model';
import {
  loadM2fpNetwork,
  lowestScore,
  type M2fpNetwork,
  type NetworkOutput,
  type ParsedMask,
  planarPixels,
  postProcessPeople,
  postProcessPerson,
  type ResizeSteps,
} from '@m2fp/core/parsing';
import { compareMasks } from './compare-masks.ts';
import { type GoldenCase, readGoldenCases } from './golden-cases.ts';

/** What a correct float32 conversion stays within, on any runtime. */
export const tolerances = {
  /** Largest difference of a network output by its range (max - min). */
  output: 1e-4,
  /** Pixels that differ by all pixels of the masks. */
  pixels: 2e-4,
  score: 1e-4,
} as const;

/** One golden case: how far a bundle is from the reference. Differences are not negative. */
export interface CaseReport {
  readonly name: string;
  /** Of `pred_logits` and `pred_masks`: the largest difference by the reference's range. */
  readonly logits: number;
  readonly masks: number;
  /** Share of the masks' pixels that differ, 0..1, and the largest difference of a score. */
  readonly pixels: number;
  readonly score: number;
  /** Labels of masks that only the reference, or only the bundle has; those whose score sits on the threshold are not named. */
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  readonly passed: boolean;
}

type M2fpBundle = Bundle<Exclude<Manifest, { kind: 'portrait' }>>;

/**
 * Runs a bundle's network and the post-processing after it on each golden case, and yields what differs.
 * Throws `invalid_request` for a folder without golden cases or of another network, `model_unavailable` for the bundle.
 */
export async function* checkBundle(
  bundleDir: string,
  goldenDir: string,
  settings: SessionSettings,
): AsyncGenerator<CaseReport> {
  const bundle = await openM2fpBundle(bundleDir);
  const network = await loadM2fpNetwork(bundle, settings);
  try {
    for await (const golden of readGoldenCases(goldenDir)) yield await checkCase(bundle, network, golden);
  } finally {
    await network.close();
  }
}

async function openM2fpBundle(dir: string): Promise<M2fpBundle> {
  const bundle = await openBundle(dir);
  const { manifest } = bundle;
  if (manifest.kind === 'portrait') {
    throw new AppError('invalid_request', 'Golden cases are made for M2FP bundles; this one is of the kind portrait.');
  }
  return { ...bundle, manifest };
}

async function checkCase({ manifest }: M2fpBundle, network: M2fpNetwork, golden: GoldenCase): Promise<CaseReport> {
  network.input.clear(golden.input);
  network.input.draw(planarPixels(golden.input.data, golden.input));
  const output = await network.run();
  assertSameNetwork(output, golden);
  const steps = {
    logits: output.maskSize,
    padded: network.input.padded,
    cut: golden.cut,
    photo: golden.photo,
  };
  const names = new Map(manifest.labels.map(({ id, name }) => [id, name]));
  const found = postProcess(manifest, output, steps).map(({ classId, score, mask }) => ({
    label: names.get(classId) ?? `class ${classId}`,
    score,
    mask,
  }));
  const comparison = compareMasks(golden.masks, found);
  const counts = ({ score }: { score: number }) =>
    manifest.kind !== 'm2fp' || Math.abs(score - lowestScore) > tolerances.score;
  return judge({
    name: golden.name,
    logits: rangeDifference(output.logits, golden.output.pred_logits.data),
    masks: rangeDifference(output.masks, golden.output.pred_masks.data),
    pixels: comparison.pixels === 0 ? 0 : comparison.differingPixels / comparison.pixels,
    score: comparison.scoreDifference,
    missing: comparison.missing.filter(counts).map(({ label }) => label),
    extra: comparison.extra.filter(counts).map(({ label }) => label),
  });
}

/** The reference looks at the 100 likeliest pairs and drops no score that it kept. */
function postProcess(manifest: M2fpBundle['manifest'], output: NetworkOutput, steps: ResizeSteps): ParsedMask[] {
  const scoreThreshold = 0;
  const { masks } =
    manifest.kind === 'm2fp'
      ? postProcessPeople(output, steps, { personClassId: manifest.personClassId, scoreThreshold, topK: 100 })
      : postProcessPerson(output, steps, { resizeBeforeSum: manifest.resizeBeforeSum, scoreThreshold });
  return [...masks];
}

function assertSameNetwork({ queries, classes, maskSize }: NetworkOutput, { name, output }: GoldenCase): void {
  const shapes = (logits: readonly number[], masks: readonly number[]) =>
    `[${logits.join(', ')}] and [${masks.join(', ')}]`;
  const found = shapes([queries, classes + 1], [queries, maskSize.height, maskSize.width]);
  const expected = shapes(output.pred_logits.shape, output.pred_masks.shape);
  if (found === expected) return;
  throw new AppError(
    'invalid_request',
    `The golden case ${name} is of another network: logits and masks are ${expected} there, and ${found} here.`,
  );
}

/** The largest difference by the range of `expected`. Not a number in, not a number out: no tolerance admits it. */
function rangeDifference(found: Float32Array, expected: FloatTensor['data']): number {
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

function judge(report: Omit<CaseReport, 'passed'>): CaseReport {
  const passed =
    report.logits <= tolerances.output &&
    report.masks <= tolerances.output &&
    report.pixels <= tolerances.pixels &&
    report.score <= tolerances.score &&
    report.missing.length === 0 &&
    report.extra.length === 0;
  return { ...report, passed };
}
