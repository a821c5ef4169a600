/** What the library says about a photo. */
import {
  isPersonal,
  outputNames,
  type OutputName,
  type ParseOptions,
  type PersonalOutput,
  type Timings,
} from '@m2fp/contract';
import type { Manifest } from '../model/manifest.ts';
import type { OutputFile } from '../parsing/outputs.ts';
import type { NamedPhoto } from '../parsing/parse-photo.ts';
import { type Rendered, renderParsing } from '../parsing/render-parsing.ts';
import { readSelection, selectMasks } from '../parsing/select.ts';
import type { ParsedMask, Parsing } from '../parsing/types.ts';
import type { SpanMask } from '../render/span-mask.ts';
import { assertOutputs } from './check-options.ts';

/** A part of a person, or (role `person`) a whole person, that the model found. */
export interface FoundMask {
  /** As in `labelMap`, and as `id` in the parser's `labels`. */
  readonly classId: number;
  /** The class by name, such as `hair`. */
  readonly label: string;
  /** 0..1; how the model comes to it depends on its kind. */
  readonly score: number;
  /** 1..255, whose it is; 0 = nobody's. */
  readonly personId: number;
  /** At the photo's size, with `bbox` and `area` in px. `maskBitmap` makes pixels of it, `encodeRle` COCO's RLE. */
  readonly mask: SpanMask;
}

/** One of the people of a photo. */
export interface Person {
  /** As in `personMap` and in the masks' `personId`. Ids do not change with what is chosen of a photo. */
  readonly id: number;
  /** Around all of the person's masks: `[x, y, width, height]`, px. */
  readonly bbox: readonly [number, number, number, number];
  readonly masks: readonly FoundMask[];
}

/** When work on a photo ends, whatever it has come to. */
export interface CallLimits {
  /** Ends it with `canceled`. With processes of its own, at once; else before the network runs the next time. */
  readonly signal?: AbortSignal | undefined;
  /** Ends it with `timeout`, ms from when its turn comes; in the same way. 120 000 by default. */
  readonly timeoutMs?: number | undefined;
}

/** What an output encodes to: bytes, or for outputs with one file for each person, a file for each. */
export type Encoded<O extends OutputName> = O extends PersonalOutput ? readonly OutputFile[] : Uint8Array;

/** @internal How a result's files are made. */
export type MakeFiles = (outputs: readonly OutputName[], limits: CallLimits) => Promise<readonly OutputFile[]>;

/** @internal */
export interface ResultSource {
  readonly photo: NamedPhoto;
  readonly parsing: Parsing;
  readonly manifest: Manifest;
  readonly options: ParseOptions;
  readonly makeFiles: MakeFiles;
}

/**
 * What a model found in one photo. Coordinates and sizes are px of the upright photo (EXIF orientation applied), from
 * its top left corner. It holds the photo's bytes and the masks, no pixels; maps are painted, and files encoded, when
 * they are asked for. With `parts` or `person` among the options, all of it is of what was chosen.
 */
export class ParseResult {
  /** Of the upright photo, px. */
  readonly width: number;
  readonly height: number;
  /** In a fixed order: the same photo, model and options give the same. */
  readonly masks: readonly FoundMask[];
  /** By ascending id. Empty for models that do not tell people apart. */
  readonly people: readonly Person[];
  /** As they were used, defaults included. */
  readonly options: Readonly<ParseOptions>;
  /** ms per stage: `open`, `decode`, `network` …; `wait` and `load` for a process of its own. */
  readonly timings: Readonly<Timings>;
  readonly #source: ResultSource;
  #maps: Rendered | undefined;

  /** @internal */
  constructor(source: ResultSource) {
    const { parsing, manifest, options } = source;
    const selection = readSelection(options, manifest.labels);
    const selected = selection === undefined ? parsing : selectMasks(parsing, selection);
    const names = new Map(manifest.labels.map(({ id, name }) => [id, name]));
    this.width = parsing.width;
    this.height = parsing.height;
    this.masks = selected.masks.map((found) => ({ ...found, label: names.get(found.classId) ?? '' }));
    this.people = peopleOf(this.masks);
    this.options = options;
    this.timings = parsing.timings;
    this.#source = source;
  }

  /**
   * The label map: one class id per pixel, row by row from the top, `width * height` bytes; 0 where there is nothing.
   * Painted on this thread when it is first read, and kept.
   */
  get labelMap(): Uint8Array {
    return this.#painted().colormap;
  }

  /** Whose each pixel is: one person id per pixel, laid out as `labelMap`; 0 = nobody. */
  get personMap(): Uint8Array {
    return this.#painted().instances();
  }

  /**
   * Encodes one output, such as `overlay` (JPEG) or `masks` (COCO): its bytes, those that the service would store for
   * the same photo, name, model and options. For `people`, a file for each person.
   * @throws AppError with the code `timeout`, `canceled` (also after the parser was closed), `overloaded`
   */
  async encode<O extends OutputName>(output: O, limits: CallLimits = {}): Promise<Encoded<O>> {
    assertOutputs([output]);
    const files = await this.#source.makeFiles([output], limits);
    return (isPersonal(output) ? files : files[0]?.bytes) as Encoded<O>;
  }

  /**
   * Encodes several outputs, by default those of the options, as files with names and media types. In the order of
   * `outputNames`.
   * @throws as `encode` does
   */
  async files(
    outputs: readonly OutputName[] = this.options.outputs,
    limits: CallLimits = {},
  ): Promise<readonly OutputFile[]> {
    assertOutputs(outputs);
    return this.#source.makeFiles(
      outputNames.filter((output) => outputs.includes(output)),
      limits,
    );
  }

  #painted(): Rendered {
    const { parsing, manifest, options } = this.#source;
    const { labels } = manifest;
    return (this.#maps ??= renderParsing(parsing, labels, options, readSelection(options, labels)));
  }
}

function peopleOf(masks: readonly FoundMask[]): Person[] {
  const ids = [...new Set(masks.map(({ personId }) => personId))].filter((id) => id > 0).sort((a, b) => a - b);
  return ids.map((id) => {
    const own = masks.filter(({ personId }) => personId === id);
    return { id, bbox: boxAround(own), masks: own };
  });
}

function boxAround(masks: readonly Pick<ParsedMask, 'mask'>[]): Person['bbox'] {
  const boxes = masks.filter(({ mask }) => mask.area > 0).map(({ mask }) => mask.bbox);
  if (boxes.length === 0) return [0, 0, 0, 0];
  const x = Math.min(...boxes.map(([left]) => left));
  const y = Math.min(...boxes.map(([, top]) => top));
  const right = Math.max(...boxes.map(([left, , width]) => left + width));
  const bottom = Math.max(...boxes.map(([, top, , height]) => top + height));
  return [x, y, right - x, bottom - y];
}
