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
}

/** The size that the authors test at, px. */
export const authorsSize = { shortSide: 640, maxSide: 2048 } as const;

/** Predicts one photo. Throws as the model does. */
export async function predictPhoto(
  photo: Photo,
  model: Pick<Model, 'parse'> & { readonly manifest: Pick<Manifest, 'labels'> },
  { shortSide, maxSide, flip }: EvaluationSettings,
): Promise<WholePrediction> {
  const options: ParseOptions = parseOptionsSchema.parse({ short_side: shortSide, max_side: maxSide });
  const { labels } = model.manifest;
  const parse = async (view: Photo) => foundIn(await model.parse(view, options), labels, options.score_step);
  const straight = await parse(photo);
  if (!flip) return predictionOf(straight, labels, options.score_step);
  const mirrored = mirrorFound(await parse(mirrorPhoto(photo)), mirroredClasses(labels));
  return predictionOf(mergeFound(straight, mirrored), labels, options.score_step);
}
