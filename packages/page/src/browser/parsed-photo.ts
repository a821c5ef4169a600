import { type CallOptions, decodeIndexedPng, type Job, type ResultFile } from '@m2fp/client';
import { cardTitle } from './models.ts';
import { service } from './service.ts';

export type Rgb = readonly [number, number, number];

/** A class that occurs in the photo. */
export interface Part {
  readonly id: number;
  readonly name: string;
  readonly color: Rgb;
  /** Share of the photo's pixels, 0..1. */
  readonly share: number;
}

/** A finished job, as the viewer and the legend need it. */
export interface ParsedPhoto {
  readonly width: number;
  readonly height: number;
  /** Class id per pixel; 0 is background. */
  readonly classes: Uint8Array;
  /** Person id per pixel; 0 is nobody. */
  readonly people: Uint8Array;
  readonly parts: readonly Part[];
  readonly personIds: readonly number[];
  readonly palette: Uint8Array;
  /** The best score, 0..1, of a person's part. */
  score(classId: number, personId: number): number | undefined;
  name(classId: number): string;
}

interface CocoDataset {
  categories: { id: number; name: string }[];
  annotations: { category_id: number; person_id: number; score: number }[];
}

export async function loadParsedPhoto({ id: jobId, model }: Job, call: CallOptions): Promise<ParsedPhoto> {
  const read = (output: ResultFile['output']): Promise<Blob> => service().jobs.files.read(jobId, output, call);
  const [masks, colormap, instances] = await Promise.all([
    read('masks').then(async (file) => JSON.parse(await file.text()) as CocoDataset),
    read('colormap').then(decodeIndexedPng),
    read('instances').then(decodeIndexedPng),
  ]);
  const names = new Map(masks.categories.map(({ id, name }) => [id, cardTitle(model, name)]));
  const name = (classId: number): string => names.get(classId) ?? `class ${classId}`;
  const scores = new Map<string, number>();
  for (const { category_id: classId, person_id: personId, score } of masks.annotations) {
    const key = `${classId} ${personId}`;
    scores.set(key, Math.max(score, scores.get(key) ?? 0));
  }
  return {
    width: colormap.width,
    height: colormap.height,
    classes: colormap.indices,
    people: instances.indices,
    palette: colormap.palette,
    parts: countIds(colormap.indices).map(([id, pixels]) => ({
      id,
      name: name(id),
      color: colorAt(colormap.palette, id),
      share: pixels / colormap.indices.length,
    })),
    personIds: countIds(instances.indices).map(([id]) => id),
    score: (classId, personId) => scores.get(`${classId} ${personId}`),
    name,
  };
}

/** Ids other than 0 with their pixel counts, ascending. */
function countIds(indices: Uint8Array): [number, number][] {
  const counts = new Uint32Array(256);
  for (const id of indices) counts[id] = (counts[id] ?? 0) + 1;
  return [...counts.entries()].filter(([id, count]) => id > 0 && count > 0);
}

export function colorAt(palette: Uint8Array, id: number): Rgb {
  return [palette[id * 3] ?? 0, palette[id * 3 + 1] ?? 0, palette[id * 3 + 2] ?? 0];
}
