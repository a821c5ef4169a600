import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError, type ErrorCode, toAppError } from '@m2fp/contract';
import { defaultPhotoLimits, openPhoto, type Photo } from '@m2fp/core/image';
import { type Bundle, type Label, type ManifestOf, openBundle } from '@m2fp/core/model';
import { loadModel, type Model } from '@m2fp/core/parsing';
import {
  assertClassesFit,
  type ClassTable,
  type Dataset,
  type DatasetClasses,
  type DatasetPhoto,
  type EvaluationSettings,
  Evaluator,
  type Figures,
  matchClasses,
  type PhotoPrediction,
  type PhotoTruth,
  predictPhoto,
  type PredictionStore,
  readTruth,
  withClassIds,
} from '@m2fp/evaluation';
import { type Color, type Difference, DifferenceGallery } from './differences.ts';
import { openStore } from './stored-predictions.ts';

export interface EvaluationRun {
  /** Those to parse. */
  readonly photos: readonly DatasetPhoto[];
  /** The data set's classes, if they are known. */
  readonly classes: DatasetClasses | undefined;
  /** Folders of one bundle, or of two to compare. */
  readonly bundles: readonly string[];
  readonly threads: number;
  readonly settings: EvaluationSettings;
  /** Folder of predictions: those that are there are taken, others are added. With two bundles, one in each of two. */
  readonly predictionsDir?: string;
  /** Folder for pictures of the photos on which two bundles differ most; none are made without it. */
  readonly picturesDir?: string;
  readonly signal: AbortSignal;
  readonly onPhoto: (done: number, total: number) => void;
}

/** A photo that is not in the figures. */
export interface FailedPhoto {
  readonly name: string;
  readonly message: string;
}

export interface EvaluationOutcome {
  /** As the bundles are given. */
  readonly models: readonly { readonly manifest: ManifestOf; readonly figures: Figures }[];
  /** Names of the figures' classes, by id. */
  readonly classNames: readonly string[];
  readonly measured: number;
  readonly failed: readonly FailedPhoto[];
  readonly differences: readonly Difference[];
}

/** The data set's photos that can be parsed and measured: the first of them by name. Throws an Error if none can. */
export function measurablePhotos({ dir, photos }: Dataset, limit = Infinity): readonly DatasetPhoto[] {
  const measurable = photos.filter(({ image, categories }) => image !== undefined && categories !== undefined);
  if (measurable.length === 0) throw new Error(`There are no photos with a map of classes in ${dir}.`);
  return measurable.slice(0, limit);
}

/** One of the models that are measured. */
interface Candidate {
  readonly bundle: Bundle<ManifestOf>;
  readonly table: ClassTable;
  readonly evaluator: Evaluator;
  readonly store: PredictionStore | undefined;
  /** Loaded with the first photo that was not predicted before. */
  model?: Model;
}

/** Faults of a photo: it is left out, and the others are measured. */
const photoFaults: ReadonlySet<ErrorCode> = new Set([
  'image_unreadable',
  'image_too_large',
  'unsupported_format',
  'input_not_found',
  'timeout',
]);

/** Category maps that are looked at before a model is loaded. */
const looksAhead = 50;

/**
 * Parses a data set's photos and measures the results, one photo at a time. Photos that cannot be parsed are left out
 * and reported. Throws `invalid_request` if the classes of data set and models are not the same, `model_unavailable`,
 * and the signal's reason once it is aborted.
 */
export async function evaluateModels(run: EvaluationRun): Promise<EvaluationOutcome> {
  const candidates: Candidate[] = [];
  for (const [i, dir] of run.bundles.entries()) candidates.push(await openCandidate(run, dir, i));
  const [first] = candidates;
  if (first === undefined) throw new TypeError('There is no model to measure.');
  assertSameClasses(candidates, run.classes);
  const classNames = namesOf(first);
  for (const photo of run.photos.slice(0, looksAhead)) {
    assertClassesFit(await readTruth({ name: photo.name, ...categoriesOf(photo) }), first.table.classes);
  }
  const colors = colorsOf(first);
  const { picturesDir } = run;
  const gallery =
    picturesDir === undefined ? undefined : new DifferenceGallery(picturesDir, (id) => colors.get(id) ?? [0, 0, 0]);
  const failed: FailedPhoto[] = [];
  try {
    for (const [i, photo] of run.photos.entries()) {
      run.onPhoto(i, run.photos.length);
      run.signal.throwIfAborted();
      const message = await measure(photo, candidates, gallery, run).catch(faultOf);
      if (message !== undefined) failed.push({ name: photo.name, message });
      // The network keeps this thread busy: let a signal that arrived meanwhile be handled.
      await new Promise((proceed) => setImmediate(proceed));
    }
    run.signal.throwIfAborted();
    run.onPhoto(run.photos.length, run.photos.length);
  } finally {
    for (const { model } of candidates) await model?.close();
  }
  const models = candidates.map(({ bundle: { manifest }, evaluator }) => ({ manifest, figures: evaluator.result() }));
  const measured = run.photos.length - failed.length;
  return { models, classNames, measured, failed, differences: gallery?.worst ?? [] };
}

async function openCandidate(run: EvaluationRun, dir: string, place: number): Promise<Candidate> {
  const bundle = await openBundle(dir);
  const table = matchClasses(bundle.manifest.labels, run.classes);
  const { predictionsDir } = run;
  const ownDir = run.bundles.length === 1 ? '' : ['model', 'compare'][place];
  const store =
    predictionsDir === undefined
      ? undefined
      : await openStore(join(predictionsDir, ownDir ?? ''), bundle.manifest, run.settings, namesOf({ bundle, table }));
  return { bundle, table, evaluator: new Evaluator(table.classes), store };
}

/** Without names, nothing but the models' own says whether they mean the same by an id. */
function assertSameClasses(candidates: readonly Candidate[], known: DatasetClasses | undefined): void {
  const [first, second] = candidates;
  if (known?.isGuess === false || first === undefined || second === undefined) return;
  if (namesOf(first).join('\n') === namesOf(second).join('\n')) return;
  throw new AppError('invalid_request', 'The two models have different classes: they cannot be compared.');
}

/** Undefined once it is measured. Both models count a photo, or none does. */
async function measure(
  photo: DatasetPhoto,
  candidates: readonly Candidate[],
  gallery: DifferenceGallery | undefined,
  { settings, threads }: EvaluationRun,
): Promise<undefined> {
  const truth = await readTruth(photo);
  const open = once(() => openImage(photo));
  const predictions: PhotoPrediction[] = [];
  for (const candidate of candidates) {
    assertClassesFit(truth, candidate.table.classes);
    if (await candidate.store?.has(photo.name)) {
      predictions.push((await candidate.store?.read(photo.name)) ?? {});
      continue;
    }
    candidate.model ??= await loadModel(candidate.bundle.dir, { threads });
    const found = await predictPhoto(await open(), candidate.model, settings);
    const prediction = withClassIds(found, candidate.table.ids);
    assertPhotoFits(truth, prediction);
    await candidate.store?.write(photo.name, prediction);
    predictions.push(prediction);
  }
  candidates.forEach(({ evaluator }, i) => evaluator.add(truth, predictions[i] ?? {}));
  const [a, b] = predictions.map(({ semantic }) => semantic);
  if (a !== undefined && b !== undefined) await gallery?.add(photo.name, [a, b], async () => (await open()).rgb());
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

async function openImage({ name, image }: DatasetPhoto): Promise<Photo> {
  if (image === undefined) throw new AppError('input_not_found', `There is no photo of ${name} in Images.`);
  const { size } = await stat(image);
  if (size > defaultPhotoLimits.maxBytes) throw new AppError('image_too_large', `The photo has ${size} bytes.`);
  return openPhoto(await readFile(image));
}

/** A photo of another size than its maps, as after turning it, is a fault of the data set's, and only of this photo. */
function assertPhotoFits({ categories }: PhotoTruth, { semantic }: PhotoPrediction): void {
  if (categories === undefined || semantic === undefined) return;
  if (categories.width === semantic.width && categories.height === semantic.height) return;
  const sizes = `${semantic.width} x ${semantic.height} px, its maps ${categories.width} x ${categories.height} px`;
  throw new AppError('image_unreadable', `The photo is ${sizes}.`);
}

function faultOf(error: unknown): string {
  const { code, message } = toAppError(error);
  if (photoFaults.has(code)) return message;
  throw error;
}

function categoriesOf({ categories }: DatasetPhoto): Pick<DatasetPhoto, 'categories'> {
  return categories === undefined ? {} : { categories };
}

/** A model's labels by the data set's ids, without whole people. */
function labelsOf({ bundle, table }: Pick<Candidate, 'bundle' | 'table'>): Map<number, Label> {
  const labels = bundle.manifest.labels.filter(({ role }) => role !== 'person');
  return new Map(labels.map((label) => [table.ids.get(label.id) ?? label.id, label]));
}

function namesOf(candidate: Pick<Candidate, 'bundle' | 'table'>): string[] {
  const labels = labelsOf(candidate);
  return Array.from({ length: candidate.table.classes }, (_, id) => labels.get(id)?.name ?? `class ${id}`);
}

function colorsOf(candidate: Candidate): Map<number, Color> {
  return new Map([...labelsOf(candidate)].map(([id, { color }]) => [id, color]));
}
