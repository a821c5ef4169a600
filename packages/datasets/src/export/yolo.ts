/**
 * YOLO segmentation, as Ultralytics reads it (https://docs.ultralytics.com/datasets/segment/): `data.yaml`, `images/`,
 * and in `labels/` one line per object: its class, from 0, and its outline, x and y as shares of width and height.
 */
import { polygonsOf } from '@m2fp/core/render';
import { pairsOf } from './cvat.ts';
import type { ExportFolder } from './export-folder.ts';
import { Classes, type Exporter, type ExportOptions, FlatNames, foregroundOf, type ParsedPhoto } from './format.ts';
import type { Found, Masks } from './masks.ts';

export class YoloExporter implements Exporter {
  readonly #classes = new Classes();
  readonly #names = new FlatNames();
  readonly #folder: ExportFolder;
  readonly #options: ExportOptions;

  constructor(folder: ExportFolder, options: ExportOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  async add(photo: ParsedPhoto): Promise<void> {
    const masks = await this.#classes.masksOf(photo);
    const indices = new Map(this.#classes.foreground.map(({ id }, index) => [id, index]));
    const lines = foregroundOf(masks).flatMap((found) => lineOf(found, masks, indices.get(found.category.id) ?? 0));
    const bytes = this.#options.withPhotos ? await photo.photo() : undefined;
    const name = this.#names.of(photo);
    if (bytes !== undefined) await this.#folder.putPhoto(`images/${name}${photo.ext}`, bytes);
    await this.#folder.write(`labels/${name}.txt`, lines.map((line) => `${line}\n`).join(''));
  }

  async finish(): Promise<void> {
    // A string in JSON is one in YAML.
    const names = this.#classes.foreground.map(({ name }, index) => `  ${index}: ${JSON.stringify(name)}\n`);
    await this.#folder.write('data.yaml', `train: images\nval: images\nnames:\n${names.join('')}`);
  }
}

function lineOf({ mask }: Found, { width, height }: Masks, index: number): string[] {
  const outline = joined(polygonsOf(mask()).map(throughCenters));
  if (outline.length === 0) return [];
  // A quarter pixel further: a reader that cuts off fractions gets the pixel, and so does one that rounds.
  const points = outline.map(([x, y]) => `${((x + 0.25) / width).toFixed(7)} ${((y + 0.25) / height).toFixed(7)}`);
  return [`${index} ${points.join(' ')}`];
}

type Point = readonly [x: number, y: number];

/**
 * The outline through the centers of the outermost pixels instead of along their edges: drawn with OpenCV's `fillPoly`,
 * as readers of this format do, it gives the same pixels. @param polygon of `polygonsOf`: clockwise, each edge along
 * pixels
 */
function throughCenters(polygon: readonly number[]): Point[] {
  const points = pairsOf(polygon);
  return points.map(([x, y], i) => {
    const [beforeX, beforeY] = points.at(i - 1) ?? [x, y];
    const [afterX, afterY] = points[(i + 1) % points.length] ?? [x, y];
    // The pixels are at the right hand: to the left of an edge that goes down, above one that goes left.
    const goesDown = beforeX === x ? y > beforeY : afterY > y;
    const goesLeft = beforeX === x ? afterX < x : x < beforeX;
    return [goesDown ? x - 1 : x, goesLeft ? y - 1 : y];
  });
}

/** Comparing more points than this for one mask takes too long; pieces are then joined where they begin. */
const mostComparisons = 4_000_000;

/** One outline that runs from piece to piece and back the same way, between the points that are nearest. */
function joined([first, ...pieces]: readonly (readonly Point[])[]): readonly Point[] {
  if (first === undefined) return [];
  const outline = [...first];
  let comparisons = 0;
  for (const piece of pieces) {
    comparisons += outline.length * piece.length;
    // At the end, which is beside the beginning.
    const [at, to] = comparisons > mostComparisons ? [outline.length, 0] : nearest(outline, piece);
    const point = outline[at] ?? first[0];
    const around = [...piece.slice(to), ...piece.slice(0, to + 1)];
    if (point !== undefined) outline.splice(at, 0, point, ...around);
  }
  return outline;
}

/** The indices of two points, one of each, with the least distance. */
function nearest(outline: readonly Point[], piece: readonly Point[]): [number, number] {
  let best: [number, number] = [0, 0];
  let least = Infinity;
  outline.forEach(([x, y], i) => {
    piece.forEach(([otherX, otherY], j) => {
      const distance = (x - otherX) ** 2 + (y - otherY) ** 2;
      if (distance >= least) return;
      least = distance;
      best = [i, j];
    });
  });
  return best;
}
