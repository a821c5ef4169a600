import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '@m2fp/contract';
import {
  assertReplaceable,
  type Bundle,
  type ManifestOf,
  manifestFileName,
  openBundle,
  writeBundle,
} from '@m2fp/core/model';
import { loadModel } from '@m2fp/core/parsing';
import { createGraph } from '../onnx/graph-builder.ts';
import { encodeModel } from '../onnx/onnx-schema.ts';
import { createWeightFile } from '../onnx/weight-file.ts';
import { type Agreement, AgreementMeter, type Goal, isReached } from './agreement.ts';
import { labelPhoto, pick, recordInputs, spread, type Stored } from './calibration-inputs.ts';
import { type FloatGraph, readFloatGraph } from './float-graph.ts';
import { type ReduceRange, type WeightBits, weightBits } from './parameters.ts';
import type { Plan } from './plan.ts';
import { measureSensitivity } from './measure-sensitivity.ts';
import { planGraph } from './plan-graph.ts';
import { createProgress, type Progress, type Stage } from './progress.ts';
import { draftManifest, type LayerRow, type QuantizationReport } from './report.ts';
import { rewriteGraph } from './rewrite.ts';
import { searchPlan } from './search-plan.ts';

export interface QuantizeSettings {
  readonly threads: number;
  /** The new bundle's name. Default: the old one's, with `-int8`. */
  readonly name?: string;
  readonly reduceRange: ReduceRange;
  /** The most photos to use, and the most network inputs of theirs; evenly spread over all. */
  readonly maxInputs: number;
  /** Agreement with float32 on the photos; layers are kept in float32 until it is reached. */
  readonly goal: Goal;
  readonly signal: AbortSignal;
  readonly onStep: (stage: Stage, done: number, total: number) => void;
}

/** Network inputs to measure the outputs' errors on, for each group of layers: each costs a run of the network. */
const sensitivityInputs = 4;

/** A bundle that was tried. */
interface Attempt {
  readonly rows: readonly LayerRow[];
  readonly files: string;
  readonly agreement: Agreement;
}

/** A quantization in progress. */
interface Work {
  readonly bundle: Bundle<ManifestOf>;
  readonly graph: FloatGraph;
  /** Removed at the end. */
  readonly workDir: string;
  readonly photos: readonly string[];
  readonly bits: WeightBits;
  readonly threads: number;
  readonly progress: Progress;
}

/**
 * Writes an int8 bundle made from a float32 one to `outDir`: its main network in 8 bits where that is fast and does no
 * harm, calibrated on photos (paths); everything else is unchanged. The same photos and settings give the same bytes.
 *
 * Rejects with `model_unavailable` if the bundle cannot be read or is already quantized, `invalid_request` if the
 * photos give the network nothing to see, `image_unreadable` and the like for a photo, `conflict` if `outDir` holds
 * something other than a bundle, and with the signal's reason once it is aborted.
 */
export async function quantizeBundle(
  bundleDir: string,
  photos: readonly string[],
  outDir: string,
  settings: QuantizeSettings,
): Promise<{ manifest: ManifestOf; report: QuantizationReport }> {
  const bundle = await openBundle(bundleDir);
  const { name, dtype, graph } = bundle.manifest;
  if (dtype !== 'float32') throw new AppError('model_unavailable', `${bundleDir} is not float32: it is ${dtype}.`);
  // Fail now, not after minutes of work.
  await assertReplaceable(outDir);
  const workDir = await mkdtemp(join(tmpdir(), 'm2fp-quantize-'));
  try {
    const { report, files } = await quantize(
      {
        bundle,
        graph: await readFloatGraph(bundle.path(graph)),
        workDir,
        photos: spread(photos.length, settings.maxInputs).map((i) => photos[i] ?? ''),
        bits: await weightBits(settings.reduceRange),
        threads: settings.threads,
        progress: createProgress(settings.onStep, settings.signal),
      },
      settings,
    );
    const draft = draftManifest(bundle.manifest, settings.name ?? `${name}-int8`, report);
    return { report, manifest: await writeBundle(outDir, draft, (dir) => copyFiles(files, dir)) };
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

/** Resolves to a folder with a bundle whose manifest is not final: it does not yet say how good the bundle is. */
async function quantize(
  work: Work,
  { maxInputs, goal }: Pick<QuantizeSettings, 'maxInputs' | 'goal'>,
): Promise<{ report: QuantizationReport; files: string }> {
  const { bundle, graph, workDir, photos, bits, threads, progress } = work;
  const recording = await recordInputs(bundle, photos, { workDir, threads, progress });
  const inputs = pick(recording.inputs, spread(recording.inputs.count, maxInputs));
  if (inputs.count === 0) {
    throw new AppError('invalid_request', 'The photos give the network nothing to see: photos of people are needed.');
  }
  const instruments = { graph, bundleDir: bundle.dir, workDir, settings: { threads } };
  const choices = await planGraph(instruments, bits, inputs, progress);
  const few = pick(inputs, spread(inputs.count, sensitivityInputs));
  let attempts = 0;
  const { rows, files, agreement } = await searchPlan<Attempt>(choices, {
    goal,
    attempt: async ({ plan, rows }) => {
      const dir = join(workDir, `bundle-${++attempts}`);
      await writeBundle(dir, { ...bundle.manifest, dtype: 'int8' }, (to) => writeFiles(work, plan, to));
      return { rows, files: dir, agreement: await compare(dir, work, recording.labelMaps) };
    },
    measure: (groups) => measureSensitivity(instruments, groups, { bits, ranges: choices.ranges }, few, progress),
  });
  const { name } = bundle.manifest;
  const counts = { photos: photos.length, inputs: inputs.count };
  const quality = { agreement, goal, isGoalReached: isReached(goal, agreement) };
  return { files, report: { bundle: name, weightBits: bits, ...counts, ...quality, layers: rows } };
}

async function writeFiles({ bundle, graph, bits }: Work, plan: Plan, dir: string): Promise<void> {
  const { files, graph: graphFile } = bundle.manifest;
  const [weightFile = 'model.weights', ...others] = graph.weightFiles;
  const rewritten = new Set([graphFile, weightFile, ...others]);
  for (const { path } of files) if (!rewritten.has(path)) await copyFile(bundle.path(path), join(dir, path));
  const weights = createWeightFile(join(dir, weightFile));
  try {
    const { graph: named, opset_import: opsets } = graph.model;
    const g = createGraph({ name: named.name, weights, opsets });
    rewriteGraph({ g, graph, bits }, plan);
    const metadata = (graph.model.metadata_props ?? []).map(({ key, value }) => [key, value] as const);
    await writeFile(join(dir, graphFile), encodeModel(g.build(Object.fromEntries(metadata))));
  } finally {
    weights.close();
  }
}

async function compare(dir: string, work: Work, expected: Stored<Uint8Array>): Promise<Agreement> {
  const { photos, threads, progress } = work;
  const meter = new AgreementMeter();
  const model = await loadModel(dir, { threads });
  try {
    for (const [i, photo] of photos.entries()) {
      await progress.step('comparison', i, photos.length);
      meter.add(await expected.read(i), await labelPhoto(model, photo));
    }
    return meter.result();
  } finally {
    await model.close();
  }
}

async function copyFiles(from: string, to: string): Promise<void> {
  const names = await readdir(from);
  for (const name of names) if (name !== manifestFileName) await copyFile(join(from, name), join(to, name));
}
