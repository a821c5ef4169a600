/** Many photos' `masks.json` as the one COCO file that `m2fp parse DIR` would write for a folder of them. */
import { type CocoDataset, nextImageId } from '@m2fp/contract/coco';
import { JoinedCoco, type JoinSummary, type PhotoDataset, plainAnnotation } from '@m2fp/contract/joined-coco';

export interface MasksOfPhoto {
  /** Unique in the set. */
  readonly name: string;
  /** Undefined if it could not be had. */
  readonly masks: string | undefined;
}

/** @returns the text in pieces, which a Blob can be made of */
export function joinMasks(photos: Iterable<MasksOfPhoto>): {
  readonly pieces: string[];
  readonly summary: JoinSummary;
} {
  const ids = new GivenIds();
  const lines: string[] = [];
  // The service has held each file to its bounds.
  const set = new JoinedCoco({
    ids,
    images: { add: (line) => lines.push(line), texts: () => lines },
    mostCategories: Infinity,
  });
  const pieces = [set.start];
  for (const { name, masks } of photos) {
    const dataset = masks === undefined ? undefined : datasetIn(masks);
    ids.next = dataset?.images[0]?.id ?? 1;
    pieces.push(...set.add(name, dataset && photoOf(dataset)));
  }
  pieces.push(...set.end());
  return { pieces, summary: set.summary() };
}

/** The ids that the files have: whoever wrote them made them of the photos' names. */
class GivenIds {
  next = 1;
  readonly #names = new Set<string>();
  readonly #taken = new Set<number>();

  take(name: string): number | undefined {
    if (this.#names.has(name)) return undefined;
    let id = this.next;
    while (this.#taken.has(id)) id = nextImageId(id);
    this.#names.add(name);
    this.#taken.add(id);
    return id;
  }
}

/** Undefined for what is no data set of one photo. */
function datasetIn(text: string): CocoDataset | undefined {
  try {
    const dataset = JSON.parse(text) as Partial<CocoDataset> | null;
    const isWhole = [dataset?.images, dataset?.categories, dataset?.annotations].every(Array.isArray);
    return isWhole && dataset?.images?.length === 1 ? (dataset as CocoDataset) : undefined;
  } catch {
    return undefined;
  }
}

function photoOf({ info, images, categories, annotations }: CocoDataset): PhotoDataset | undefined {
  const [image] = images;
  if (image === undefined) return undefined;
  return {
    ...{ width: image.width, height: image.height },
    categories: categories.map(({ id, name, supercategory }) => ({ id, name, supercategory })),
    annotations: annotations.map(plainAnnotation),
    parsing: (info as CocoDataset['info'] | undefined)?.['parsing'] as PhotoDataset['parsing'],
  };
}
