import { type ParseOptions, parseOptionsSchema } from '@m2fp/contract';
import type { Photo } from '@m2fp/core/image';
import type { Manifest } from '@m2fp/core/model';
import type { Model } from '@m2fp/core/parsing';
import { foundIn, mirroredClasses } from './found.ts';
import { mergeFound, mirrorFound, mirrorPhoto } from './merge-mirrored.ts';
import { predictionOf, type WholePrediction } from './predict.ts';

/** What a photo's parsing may be told. */
export interface EvaluationSettings {
  /** px */
  readonly shortSide: number;
  readonly maxSide: number;
  /** Parses the mirrored photo, too. */
  readonly flip: boolean;
  /** Parts that are less sure are not on the label map. Default: the authors' 0.5 if the model finds whole people. */
  readonly labelScore?: number;
}

/** `PARSING_INS_SCORE_THR` in the authors' configuration. */
const authorsLabelScore = 0.5;

/** The size that the authors test at, px. */
export const authorsSize = { shortSide: 640, maxSide: 2048 } as const;

/** Predicts one photo. Throws as the model does. */
export async function predictPhoto(
  photo: Photo,
  model: Pick<Model, 'parse'> & { readonly manifest: Pick<Manifest, 'labels'> },
  { shortSide, maxSide, flip, labelScore }: EvaluationSettings,
): Promise<WholePrediction> {
  const options: ParseOptions = parseOptionsSchema.parse({ short_side: shortSide, max_side: maxSide });
  const { labels } = model.manifest;
  const { score_step: scoreStep } = options;
  // A model that gives each pixel its class has chosen already: its scores are not those of instances.
  const findsPeople = labels.some(({ role }) => role === 'person');
  const painting = { labels, scoreStep, labelScore: labelScore ?? (findsPeople ? authorsLabelScore : 0) };
  const parse = async (view: Photo) => foundIn(await model.parse(view, options), labels, scoreStep);
  const straight = await parse(photo);
  if (!flip) return predictionOf(straight, painting);
  const mirrored = mirrorFound(await parse(mirrorPhoto(photo)), mirroredClasses(labels));
  return predictionOf(mergeFound(straight, mirrored), painting);
}
