import type { OutputName, ParseOptions, ParseSummary, Timings } from '@m2fp/contract';
import { openPhoto } from '../image/open-photo.ts';
import { defaultPhotoLimits, type PhotoLimits } from '../image/photo-limits.ts';
import type { Photo, RgbImage } from '../image/photo.ts';
import type { Manifest } from '../model/manifest.ts';
import { countPixels } from '../render/paint.ts';
import type { Model } from './load-model.ts';
import { encodeOutputs, type OutputFile, readsPhoto } from './outputs.ts';
import { renderParsing } from './render-parsing.ts';
import { readSelection } from './select.ts';
import { createStopwatch, type Stopwatch } from './stopwatch.ts';
import type { OnStep, Parsing, PhotoTurn } from './types.ts';

export interface NamedPhoto {
  readonly bytes: Uint8Array;
  /** As it is in `masks.json`; without one, `photo.jpeg` and so on, after its format. */
  readonly name?: string | undefined;
}

/** The result of parsing one photo. */
export interface ParseOutcome {
  readonly summary: ParseSummary;
  readonly files: readonly OutputFile[];
  /** ms per stage: `open`, then the model's own stages, `render`, `encode`; `wait` for its turn. */
  readonly timings: Timings;
}

/**
 * The whole way from a photo's bytes to its results, in memory, with no service around it. The same photo, name, bundle
 * and options give the same bytes. A photo without people is a success with empty results. Throws `invalid_request` (a
 * part that the model does not have), `image_unreadable`, `image_too_large`, `unsupported_format`, `timeout`.
 */
export async function parsePhoto(
  { bytes, name }: NamedPhoto,
  model: Pick<Model, 'manifest' | 'parse'>,
  options: ParseOptions,
  limits: PhotoLimits = defaultPhotoLimits,
  { onStep, turn = onlyTurn }: { readonly onStep?: OnStep | undefined; readonly turn?: PhotoTurn | undefined } = {},
): Promise<ParseOutcome> {
  const { manifest } = model;
  const watch = createStopwatch();
  const selection = readSelection(options, manifest.labels);
  const opened = await openInTurn(bytes, limits, watch, turn);
  const { photo, decode } = decodedAhead(opened);
  const parsing = await model.parse(photo, options, {
    onStep,
    begin: () => waitForTurn(turn, watch),
    onNetworkDone: () => {
      if (options.outputs.some(readsPhoto)) decode();
      return turn.pause();
    },
  });
  onStep?.({ stage: 'segmented' });
  const rendered = await watch.time('render', () => renderParsing(parsing, manifest.labels, options, selection));
  onStep?.({ stage: 'rendered' });
  const rendering = { ...rendered, photo, fileName: fileNameOf(name, photo), manifest, options };
  const files = await watch.time('encode', () => encodeOutputs(rendering, options.outputs));
  return {
    summary: summarize(rendered.parsing, manifest, rendered.colormap),
    files,
    timings: { ...parsing.timings, ...watch.timings() },
  };
}

/** The first half of `parsePhoto`: all that the model finds, whatever the options choose of it. Throws the same. */
export async function readParsing(
  { bytes }: NamedPhoto,
  model: Pick<Model, 'manifest' | 'parse'>,
  options: ParseOptions,
  limits: PhotoLimits,
  turn: PhotoTurn = onlyTurn,
): Promise<Parsing> {
  readSelection(options, model.manifest.labels);
  const watch = createStopwatch();
  const photo = await openInTurn(bytes, limits, watch, turn);
  const hooks = { begin: () => waitForTurn(turn, watch), onNetworkDone: () => turn.pause() };
  const parsing = await model.parse(photo, options, hooks);
  return { ...parsing, timings: { ...parsing.timings, ...watch.timings() } };
}

/** Of a photo that is alone. */
const onlyTurn: PhotoTurn = {
  assertWanted: () => undefined,
  opened: () => undefined,
  begin: async () => undefined,
  pause: async () => undefined,
};

/** A larger photo is decoded only when it is needed, so that there are never two of them in memory. */
const mostPixelsAhead = 16_000_000;

async function openInTurn(bytes: Uint8Array, limits: PhotoLimits, watch: Stopwatch, turn: PhotoTurn): Promise<Photo> {
  // That it was dropped may have come with it, while a network blocked this thread.
  await Promise.resolve();
  turn.assertWanted();
  const photo = await watch.time('open', () => openPhoto(bytes, limits));
  turn.assertWanted();
  turn.opened();
  if (photo.width * photo.height > mostPixelsAhead) await waitForTurn(turn, watch);
  return photo;
}

async function waitForTurn(turn: PhotoTurn, watch: Stopwatch): Promise<void> {
  if (turn !== onlyTurn) await watch.time('wait', () => turn.begin());
}

/** A photo whose pixels may be there already when its pictures are made: once, as these paint on them. */
function decodedAhead(photo: Photo): { readonly photo: Photo; readonly decode: () => void } {
  let pixels: Promise<RgbImage> | undefined;
  const rgb: Photo['rgb'] = (colors) => {
    const ready = colors === undefined ? pixels : undefined;
    pixels = undefined;
    return ready ?? photo.rgb(colors);
  };
  const decode = (): void => {
    if (photo.width * photo.height > mostPixelsAhead) return;
    pixels = photo.rgb();
    // Whoever asks for them is told.
    pixels.catch(() => undefined);
  };
  return { photo: { ...photo, rgb }, decode };
}

/** The second half of `parsePhoto`, for any outputs: both halves give the bytes that the whole does. */
export async function encodeParsing(
  task: {
    readonly photo: NamedPhoto;
    /** As `readParsing` gave it for this photo. */
    readonly parsing: Parsing;
    readonly options: ParseOptions;
    readonly outputs: readonly OutputName[];
  },
  manifest: Manifest,
  limits: PhotoLimits,
): Promise<OutputFile[]> {
  const { parsing, options, outputs } = task;
  const photo = await openPhoto(task.photo.bytes, limits);
  const { labels } = manifest;
  const rendered = renderParsing(parsing, labels, options, readSelection(options, labels));
  const fileName = fileNameOf(task.photo.name, photo);
  return encodeOutputs({ ...rendered, photo, fileName, manifest, options }, outputs);
}

function fileNameOf(name: string | undefined, { format }: Photo): string {
  return name ?? `photo.${format}`;
}

function summarize(parsing: Parsing, manifest: Manifest, colormap: Uint8Array): ParseSummary {
  const { name, kind, version, synthetic } = manifest;
  return {
    model: { name, kind, version, synthetic },
    image: { width: parsing.width, height: parsing.height },
    scale: parsing.scale,
    people: parsing.people,
    labels: countLabels(manifest, colormap),
  };
}

/** The classes that have pixels on the label map, by ascending id, without background. */
function countLabels(manifest: Manifest, colormap: Uint8Array): ParseSummary['labels'] {
  const pixels = countPixels(colormap);
  return manifest.labels
    .filter(({ role }) => role !== 'background')
    .map(({ id, name }) => ({ id, name, pixels: pixels[id] ?? 0 }))
    .filter((label) => label.pixels > 0)
    .sort((a, b) => a.id - b.id);
}
