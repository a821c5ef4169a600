import type { components } from './api-schema.generated.ts';
import { type Bitmap, type CocoPolygons, type CocoRle, decodeRle, fillPolygons } from './bitmap.ts';
import { decodeIndexedPng } from './indexed-png.ts';
import type { Job } from './job-events.ts';
import { type Layer, paintLabels, paintPeople } from './paint.ts';
import type { CallOptions } from './retry.ts';

/** One of a job's results. */
export type ResultFile = components['schemas']['ResultFile'];

/** One of a job's files: of an output with a file for each person, one person's. */
export type NamedFile = Pick<ResultFile, 'output' | 'person'>;

export type SucceededJob = Job & { readonly result: NonNullable<Job['result']> };

/** A mask as `masks.json` has it. Its pixels are decoded on request, since together they can be gigabytes. */
export interface Mask {
  /** The class's name. */
  readonly label: string;
  readonly classId: number;
  /** Whose part it is, as in `personMap`; 0 = nobody's. */
  readonly personId: number;
  /** 0..1 */
  readonly score: number;
  /** x, y, width, height, px */
  readonly bbox: readonly [number, number, number, number];
  /** px */
  readonly area: number;
  readonly bitmap: () => Bitmap;
}

/** One number per pixel. */
export interface PixelMap {
  /** px */
  readonly width: number;
  readonly height: number;
  /** Row by row, width * height of them; 0 = nothing, or nobody. */
  readonly data: Uint8Array;
}

/** A person's pixels: those of `personMap` that have the id. */
export interface PersonMask {
  readonly personId: number;
  /** x, y, width, height, px */
  readonly bbox: readonly [number, number, number, number];
  /** px */
  readonly area: number;
  readonly bitmap: () => Bitmap;
}

/** The part of `masks.json` that is read here. */
interface CocoFile {
  readonly info: { readonly parsing?: { readonly options?: { readonly score_step?: number } } };
  readonly images: readonly { readonly width: number; readonly height: number }[];
  readonly categories: readonly { readonly id: number; readonly name: string; readonly supercategory: string }[];
  readonly annotations: readonly {
    readonly category_id: number;
    readonly person_id: number;
    readonly score: number;
    readonly bbox: readonly [number, number, number, number];
    readonly area: number;
    readonly segmentation: CocoRle | CocoPolygons;
  }[];
}

type ReadFile = (id: string, file: ResultFile['output'] | NamedFile, call?: CallOptions) => Promise<Blob>;

/** What a job found in a photo. Files are read when a method needs them, each time anew. */
export class ParsedPhoto {
  /** The job itself, as plain data. */
  readonly job: SucceededJob;
  readonly #read: ReadFile;

  constructor(job: SucceededJob, read: ReadFile) {
    this.job = job;
    this.#read = read;
  }

  /** The job's id. */
  get id(): string {
    return this.job.id;
  }

  /** How many were found. */
  get people(): number {
    return this.job.result.people;
  }

  /** Every class of the model, with the number of its pixels in this photo. */
  get labels(): SucceededJob['result']['labels'] {
    return this.job.result.labels;
  }

  /** The files that the job made, with URLs that can be passed on until `job.result.urls_expire_at`. */
  get files(): readonly ResultFile[] {
    return this.job.result.files;
  }

  /** A file's bytes, such as `file('overlay')` or `file({ output: 'people', person: 1 })`. */
  file(file: ResultFile['output'] | NamedFile, call?: CallOptions): Promise<Blob> {
    return this.#read(this.job.id, file, call);
  }

  /** Needs the output `masks`. Throws `M2fpError` with `not_found` if the job did not make it. */
  async masks(call?: CallOptions): Promise<readonly Mask[]> {
    return (await this.#layers(call)).masks;
  }

  /**
   * The class id of each pixel: from `colormap` or, if the job did not make it, painted from `masks`. That is the same
   * unless the job chose parts or people: masks that are left out then cover nothing.
   */
  async labelMap(call?: CallOptions): Promise<PixelMap> {
    if (this.#has('colormap')) return pixelsOf(await this.file('colormap', call));
    const { layers, scoreStep, size } = await this.#layers(call);
    return { ...size, data: paintLabels(layers, scoreStep, size) };
  }

  /** The person id of each pixel: from `instances` or, if the job did not make it, painted from `masks`. */
  async personMap(call?: CallOptions): Promise<PixelMap> {
    if (this.#has('instances')) return pixelsOf(await this.file('instances', call));
    const { layers, scoreStep, size } = await this.#layers(call);
    return { ...size, data: paintPeople(layers, scoreStep, size) };
  }

  /** Everybody who has a pixel, by id. */
  async personMasks(call?: CallOptions): Promise<readonly PersonMask[]> {
    return personMasksOf(await this.personMap(call));
  }

  #has(output: ResultFile['output']): boolean {
    return this.files.some((file) => file.output === output);
  }

  async #layers(call: CallOptions | undefined) {
    const coco = JSON.parse(await (await this.file('masks', call)).text()) as CocoFile;
    const categories = new Map(coco.categories.map((category) => [category.id, category]));
    const size = { width: coco.images[0]?.width ?? 0, height: coco.images[0]?.height ?? 0 };
    const layers = coco.annotations.map((found) => {
      const { name = '', supercategory: role = 'part' } = categories.get(found.category_id) ?? {};
      return { ...maskOf(found, name, size), role } satisfies Layer & Mask;
    });
    const masks = layers.map(({ role: _role, ...mask }) => mask);
    return { masks, layers, size, scoreStep: coco.info.parsing?.options?.score_step ?? 0 };
  }
}

function maskOf(found: CocoFile['annotations'][number], label: string, size: { width: number; height: number }): Mask {
  const { category_id: classId, person_id: personId, score, bbox, area, segmentation } = found;
  const bitmap = (): Bitmap =>
    'counts' in segmentation ? decodeRle(segmentation) : fillPolygons(segmentation, size.width, size.height);
  return { label, classId, personId, score, bbox, area, bitmap };
}

async function pixelsOf(file: Blob): Promise<PixelMap> {
  const { width, height, indices } = await decodeIndexedPng(file);
  return { width, height, data: indices };
}

function personMasksOf({ width, height, data }: PixelMap): PersonMask[] {
  const boxes = new Map<number, { area: number; left: number; top: number; right: number; bottom: number }>();
  let y = 0;
  for (let at = 0, x = 0; at < data.length; at++) {
    const person = data[at] ?? 0;
    if (person > 0) {
      const box = boxes.get(person) ?? { area: 0, left: x, top: y, right: x, bottom: y };
      box.area++;
      if (x < box.left) box.left = x;
      if (x > box.right) box.right = x;
      box.bottom = y;
      boxes.set(person, box);
    }
    if (++x === width) [x, y] = [0, y + 1];
  }
  return [...boxes.entries()]
    .sort(([a], [b]) => a - b)
    .map(([personId, { area, left, top, right, bottom }]) => ({
      ...{ personId, area, bbox: [left, top, right - left + 1, bottom - top + 1] },
      bitmap: () => ({ width, height, data: data.map((person) => (person === personId ? 1 : 0)) }),
    }));
}
