/**
 * COCO data sets as this service writes them (https://cocodataset.org/#format-data): the part that whoever writes one
 * and whoever joins several have to agree on. Runs in browsers, too.
 */

export interface CocoImage {
  readonly id: number;
  /** The photo's own name, by which other tools find it: relative to the folder of photos, with `/`. */
  readonly file_name: string;
  /** px */
  readonly width: number;
  readonly height: number;
}

export interface CocoCategory {
  readonly id: number;
  readonly name: string;
  readonly supercategory: string;
}

/** Compressed RLE, or polygons: each a flat list x, y, x, y … px. */
export type CocoSegmentation =
  { readonly size: readonly [height: number, width: number]; readonly counts: string } | readonly (readonly number[])[];

export interface CocoAnnotation {
  readonly id: number;
  readonly image_id: number;
  readonly category_id: number;
  /** x, y, width, height, px */
  readonly bbox: readonly [number, number, number, number];
  /** px */
  readonly area: number;
  readonly iscrowd: 0;
  readonly segmentation: CocoSegmentation;
  /** 0..1 */
  readonly score: number;
  /** 1 .. people; 0 = nobody. */
  readonly person_id: number;
  /** The same again, where Datumaro and CVAT look for it. */
  readonly attributes: { readonly person_id: number; readonly score: number };
}

export interface CocoDataset {
  readonly info: Readonly<Record<string, unknown>>;
  readonly licenses: readonly unknown[];
  readonly images: readonly CocoImage[];
  readonly categories: readonly CocoCategory[];
  readonly annotations: readonly CocoAnnotation[];
}

/** More masks than any parse of a photo gives. */
export const annotationsPerImage = 8_192;
/** An image's id is from 1 to this. */
export const mostImageId = 2 ** 31 - 1;

export function nextImageId(id: number): number {
  return (id % mostImageId) + 1;
}

/** The id of an image's annotation: unique wherever the image's id is. @param place from 0 */
export function annotationIdOf(imageId: number, place: number): number {
  return imageId * annotationsPerImage + place + 1;
}
