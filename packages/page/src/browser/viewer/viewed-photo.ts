/** A parsed photo as the viewer needs it: from a finished job, or from the sample that comes with the page. */
import { type CallOptions, decodeIndexedPng, M2fpError, type ParsedPhoto, type SucceededJob } from '@m2fp/client/jobs';
import { service } from '../service.ts';
import { colorAt, type Rgb, safeColors } from './colors.ts';
import { joinRegions, type RegionMap } from './region-map.ts';

/** A class of the model. */
export interface Label {
  readonly id: number;
  readonly name: string;
}

/** A mask that was found. */
export interface Found {
  readonly classId: number;
  readonly personId: number;
  /** 0..1 */
  readonly score: number;
}

export interface ViewedPhoto {
  readonly name: string;
  /** Where the photo itself is gone, what was made of it, or nothing. */
  readonly picture: Blob | undefined;
  /** Whether the picture is the photo itself, from which parts can be cut out. */
  readonly isOriginal: boolean;
  /** The model's name. */
  readonly model: string;
  readonly map: RegionMap;
  /** Those that occur in the photo, by id. */
  readonly parts: readonly Label[];
  /** All that were looked for, whether they occur or not, without the background; empty if only some were. */
  readonly sought: () => readonly Label[];
  /** Ascending. */
  readonly personIds: readonly number[];
  /** What parsing took, s; unknown for the sample. */
  readonly seconds?: number;
  /** Its weights are random. */
  readonly isSynthetic: boolean;
  readonly className: (classId: number) => string;
  /** In English, for people. */
  readonly cardTitle: (classId: number) => string;
  readonly color: (classId: number) => Rgb;
  /** The best score, 0..1, of a person's part. */
  readonly score: (classId: number, personId: number) => number | undefined;
}

/** What a result consists of, wherever it comes from. */
export interface ResultParts extends Pick<ViewedPhoto, 'name' | 'picture' | 'isOriginal' | 'model' | 'isSynthetic'> {
  readonly seconds?: number;
  /** px */
  readonly width: number;
  readonly height: number;
  /** Class id and person id per pixel, row by row. */
  readonly classes: Uint8Array;
  readonly people: Uint8Array;
  /** RGB triples by class id; without them the colors are the page's own. */
  readonly palette?: Uint8Array;
  /** The classes of the photo, or of the model. */
  readonly labels: readonly Label[];
  /** The model's, as far as they are known by now; empty if only parts that somebody chose were looked for. */
  readonly sought: () => readonly Label[];
  readonly found: readonly Found[];
  readonly cardTitle: (name: string) => string;
}

export function createViewedPhoto(result: ResultParts): ViewedPhoto {
  const { classes, people, width, height, palette, labels, found, cardTitle, sought, ...rest } = result;
  const map = joinRegions(classes, people, width, height);
  const names = new Map(labels.map(({ id, name }) => [id, name]));
  const className = (classId: number): string =>
    names.get(classId) ?? labelOf(sought(), classId)?.name ?? `class ${classId}`;
  const scores = new Map<string, number>();
  for (const { classId, personId, score } of found) {
    const key = `${classId} ${personId}`;
    scores.set(key, Math.max(score, scores.get(key) ?? 0));
  }
  const own = palette === undefined ? safeColors(256) : [];
  return {
    ...rest,
    map,
    parts: idsOf(map, 'classId').map((id) => ({ id, name: className(id) })),
    sought: () => sought().filter(({ id }) => id > 0),
    personIds: idsOf(map, 'personId'),
    className,
    cardTitle: (classId) => cardTitle(className(classId)),
    color: (classId) => (palette === undefined ? (own[classId] ?? [0, 0, 0]) : colorAt(palette, classId)),
    score: (classId, personId) => scores.get(`${classId} ${personId}`),
  };
}

/**
 * Reads a job's results. Maps that the job did not make are painted from its masks. The photo may be gone: those from
 * URLs are not kept, and others for a while.
 * Throws `M2fpError` for files that cannot be read and RangeError for files that are not what they should be.
 * @param card of the model: a class's name for people, and all classes as far as they are known by now
 */
export async function loadViewedJob(
  job: SucceededJob,
  name: string,
  photo: Promise<Blob>,
  card: { readonly title: (className: string) => string; readonly labels: () => readonly Label[] },
  call: CallOptions,
): Promise<ViewedPhoto> {
  const parsed = await service().jobs.result(job, call);
  const has = (output: string): boolean => parsed.files.some((file) => file.output === output);
  const [masks, colormap, labelMap, personMap, picture] = await Promise.all([
    has('masks') ? parsed.masks(call) : [],
    has('colormap') ? parsed.file('colormap', call).then(decodeIndexedPng) : undefined,
    has('colormap') ? undefined : parsed.labelMap(call),
    parsed.personMap(call),
    photo.then((original) => ({ picture: original, isOriginal: true }), insteadOf(parsed, call)),
  ]);
  const { timings, model, labels } = job.result;
  return createViewedPhoto({
    name,
    ...picture,
    model: model.name,
    isSynthetic: model.synthetic,
    seconds: Object.values(timings).reduce((sum, ms) => sum + ms, 0) / 1_000,
    width: personMap.width,
    height: personMap.height,
    classes: colormap?.indices ?? labelMap?.data ?? new Uint8Array(),
    people: personMap.data,
    ...(colormap && { palette: colormap.palette }),
    labels,
    sought: () => ((job.options.parts ?? []).length > 0 ? [] : card.labels()),
    found: masks,
    cardTitle: card.title,
  });
}

/** The overlay, which shows what the photo was, if the job made it; other troubles are thrown on. */
function insteadOf(parsed: ParsedPhoto, call: CallOptions) {
  return async (error: unknown): Promise<Pick<ViewedPhoto, 'picture' | 'isOriginal'>> => {
    if (!(error instanceof M2fpError) || !['not_found', 'expired'].includes(error.code)) throw error;
    const isThere = parsed.files.some(({ output }) => output === 'overlay');
    return { picture: isThere ? await parsed.file('overlay', call) : undefined, isOriginal: false };
  };
}

function labelOf(labels: readonly Label[], classId: number): Label | undefined {
  return labels.find(({ id }) => id === classId);
}

function idsOf({ regions }: RegionMap, kind: 'classId' | 'personId'): number[] {
  const ids = new Set(regions.filter(({ classId }) => classId > 0).map((region) => region[kind]));
  return [...ids].filter((id) => id > 0).sort((a, b) => a - b);
}
