/** What is true of a photo, and what was predicted. */
import type { IdMap } from '../id-map.ts';

/** What was found: pixels of a map that have this id. */
export interface Detection {
  readonly id: number;
  readonly score: number;
}

/** People and their classes, as they are in the data set. */
export interface PeopleMaps {
  readonly categories: IdMap;
  readonly people: IdMap;
}

export interface FoundPeople extends PeopleMaps {
  readonly found: readonly Detection[];
}

/** A part in the data set: the pixels that have this id. */
export interface TruePart {
  readonly id: number;
  readonly classId: number;
}

/** What the data set says of one photo; it may lack any of it. */
export interface PhotoTruth {
  readonly name: string;
  readonly categories?: IdMap;
  readonly parts?: { readonly map: IdMap; readonly parts: readonly TruePart[] };
  readonly people?: IdMap;
}

/** A part that was found. */
export interface FoundPart extends Detection {
  readonly classId: number;
}

/** What was found in one photo; what is not there was not predicted. */
export interface PhotoPrediction {
  readonly semantic?: IdMap;
  readonly parts?: { readonly map: IdMap; readonly found: readonly FoundPart[] };
  readonly people?: { readonly map: IdMap; readonly found: readonly Detection[] };
  readonly parsing?: FoundPeople;
}
