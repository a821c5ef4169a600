import { shortened } from '@m2fp/core/model';
import type { z } from 'zod';
import { checkpointError } from '../checkpoint/checkpoint-error.ts';
import type { Architecture } from './architecture.ts';
import { genericName, publishedTable } from './class-tables.ts';
import { type ModelConfiguration, modelSchema, publishedModel } from './configuration-schema.ts';

/** What a checkpoint's configuration says, and how it was read. */
export interface M2fpConfiguration {
  readonly task: PeopleTask | SingleTask;
  readonly architecture: Architecture;
  /** One name per class, in the order of the class ids. */
  readonly classNames: readonly string[];
  readonly input: NetworkInput;
  /** Keys that the network does not need, such as `model.pretrained`: ignored. */
  readonly ignoredKeys: readonly string[];
  /** Keys that are missing, such as `model.decoder.nheads`: they have the value of the published checkpoint. */
  readonly assumedKeys: readonly string[];
  /** What a user should know about how it was read. */
  readonly notes: readonly string[];
  readonly origin: Origin;
}

/** How a photo becomes a network's input. */
interface NetworkInput {
  /** `(x - mean) / std` per channel of RGB 0..255. */
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
  /** The order in which the network itself takes the channels; a bundle's always takes RGB. */
  readonly channels: 'RGB' | 'BGR';
  /** Short and long side, px, to which whoever trained it resizes photos of many people. */
  readonly minSize: number;
  readonly maxSize: number;
}

/** ImageNet's statistics, and the reference's sizes. */
const publishedInput: NetworkInput = {
  mean: [123.675, 116.28, 103.53],
  std: [58.395, 57.12, 57.375],
  channels: 'RGB',
  minSize: 640,
  maxSize: 1333,
};

/** Where a configuration is from, for messages. */
export interface Origin {
  readonly file: string;
  /** The file's own name of a key, which is given as `decoder.nheads`. */
  readonly keyOf: (key: string) => string;
  /** The file's own form of a key's value. */
  readonly valueOf: (key: string, value: unknown) => unknown;
}

/** Many people: (query, class) pairs. */
interface PeopleTask {
  readonly kind: 'm2fp';
  /** Class id of the whole person; the network need not have it. */
  readonly personClassId: number;
}

/** One person in a box of a fixed size: one class per pixel. */
interface SingleTask {
  readonly kind: 'm2fp-single';
  readonly widthPx: number;
  readonly heightPx: number;
  /** Masks are resized one by one before they are summed. */
  readonly resizeBeforeSum: boolean;
}

/**
 * Reads ModelScope's `configuration.json`, given as parsed JSON. Throws `model_unavailable`, naming `file`, the key and
 * its value, for a value that the compiler cannot build.
 */
export function parseConfiguration(json: unknown, file = 'configuration.json'): M2fpConfiguration {
  if (!isObject(json)) throw checkpointError(`${file} is not a JSON object.`);
  const found = json['model'] ?? {};
  if (!isObject(found)) throw checkpointError(`${file}: model is not a JSON object.`);
  const origin = { file, keyOf: (key: string) => `model.${key}`, valueOf: (_: string, value: unknown) => value };
  const { model, ignored, assumed } = readModel(found, publishedModel(found['single_human'] === true), origin);
  return {
    task: readTask(model),
    architecture: readArchitecture(model),
    classNames: readClassNames(model),
    input: publishedInput,
    ignoredKeys: [...Object.keys(json).filter((key) => key !== 'model'), ...ignored],
    assumedKeys: assumed,
    notes: [],
    origin,
  };
}

/**
 * A model in ModelScope's form, checked: the keys of `standard`, with the values of `found` where it has them. Lists
 * the keys of `found` that were not used, and those that it lacks, by the file's own names.
 */
export function readModel(
  found: Record<string, unknown>,
  standard: Readonly<Record<string, unknown>>,
  origin: Origin,
): { model: ModelConfiguration; ignored: string[]; assumed: string[] } {
  const { value, ignored, assumed } = mergeKeys(found, standard, '');
  const parsed = modelSchema.safeParse(value);
  if (!parsed.success) throw checkpointError(describeProblems(origin, value, parsed.error));
  assertWidthsAgree(origin, parsed.data);
  return { model: parsed.data, ignored: ignored.map(origin.keyOf), assumed: assumed.map(origin.keyOf) };
}

interface Merged {
  value: Record<string, unknown>;
  ignored: string[];
  assumed: string[];
}

/** The keys of `published`, with the values of `found` where it has them. */
function mergeKeys(found: Record<string, unknown>, published: Readonly<Record<string, unknown>>, path: string): Merged {
  const merged: Merged = { value: {}, ignored: [], assumed: [] };
  for (const [key, standard] of Object.entries(published)) {
    const value = found[key];
    if (!Object.hasOwn(found, key) && !isSection(standard)) merged.assumed.push(`${path}${key}`);
    if (isSection(standard) && (value === undefined || isObject(value))) {
      const section = mergeKeys(value ?? {}, standard, `${path}${key}.`);
      merged.value[key] = section.value;
      merged.ignored = [...merged.ignored, ...section.ignored];
      merged.assumed = [...merged.assumed, ...section.assumed];
    } else merged.value[key] = Object.hasOwn(found, key) ? value : standard;
  }
  // Not `push(...)`: a file can have more keys than a call may have arguments.
  const unknown = Object.keys(found).filter((key) => !Object.hasOwn(published, key));
  return { ...merged, ignored: [...merged.ignored, ...unknown.map((key) => `${path}${key}`)] };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A part of the configuration that has keys itself; the box of one person counts as a value. */
function isSection(value: unknown): value is Record<string, unknown> {
  return isObject(value) && !Object.hasOwn(value, 'sizes');
}

/** The first few: a configuration may be wrong throughout. */
const maxProblems = 10;

function describeProblems({ file, keyOf, valueOf }: Origin, model: unknown, error: z.ZodError): string {
  const problems = error.issues.slice(0, maxProblems).map(({ path, message }) => {
    const key = path.join('.');
    const value = valueOf(
      key,
      path.reduce<unknown>((part, step) => (part as Record<PropertyKey, unknown>)[step], model),
    );
    return `${keyOf(key)} is ${shortened(JSON.stringify(value) ?? 'missing', 100)}: ${shortened(message, 200)}`;
  });
  return `${file} describes a network that cannot be built: ${problems.join('; ')}.`;
}

/** Checks that involve more than one key. */
function assertWidthsAgree({ file, keyOf }: Origin, { encoder, decoder }: ModelConfiguration): void {
  const problems: string[] = [];
  if (encoder.mask_dim !== decoder.mask_dim) {
    problems.push(
      `${keyOf('encoder.mask_dim')} is ${encoder.mask_dim} and ${keyOf('decoder.mask_dim')} ${decoder.mask_dim}, ` +
        'but the two are multiplied',
    );
  }
  const assertDivides = (key: string, width: number, heads: number): void => {
    if (width % heads !== 0) problems.push(`${keyOf(key)}, ${width}, does not divide among ${heads} heads`);
  };
  assertDivides('encoder.conv_dim', encoder.conv_dim, encoder.transformer_nheads);
  assertDivides('decoder.hidden_dim', decoder.hidden_dim, decoder.nheads);
  if (problems.length > 0)
    throw checkpointError(`${file} describes a network that cannot be built: ${problems.join('; ')}.`);
}

export function readTask(model: ModelConfiguration): PeopleTask | SingleTask {
  if (!model.single_human) return { kind: 'm2fp', personClassId: model.num_parsing };
  const [widthPx, heightPx] = model.input_single_human.sizes[0] ?? [0, 0];
  return { kind: 'm2fp-single', widthPx, heightPx, resizeBeforeSum: model.sem_seg_postprocess_before_inference };
}

export function readArchitecture({ backbone, encoder, decoder }: ModelConfiguration): Architecture {
  return {
    backbone: {
      depth: backbone.depth,
      stem: 'deeplab',
      stemWidth: backbone.stem_out_channels,
      res2Width: backbone.res2_out_channels,
      groups: backbone.num_groups,
      widthPerGroup: backbone.width_per_group,
      strideIn1x1: backbone.stride_in_1x1,
      res4Dilation: backbone.res4_dilation,
      res5Dilation: backbone.res5_dilation,
      res5MultiGrid: backbone.res5_multi_grid,
    },
    pixelDecoder: {
      width: encoder.conv_dim,
      heads: encoder.transformer_nheads,
      layers: encoder.transformer_enc_layers,
      feedForwardWidth: encoder.transformer_dim_feedforward,
      maskWidth: encoder.mask_dim,
    },
    decoder: {
      width: decoder.hidden_dim,
      heads: decoder.nheads,
      layers: decoder.dec_layers,
      feedForwardWidth: decoder.dim_feedforward,
      queries: decoder.num_queries,
      classes: decoder.num_classes,
      projectsInput: decoder.enforce_input_project || encoder.conv_dim !== decoder.hidden_dim,
    },
  };
}

/**
 * The configuration's names, one per class, and numbered ones if it has too few. Without any: those of the published
 * checkpoint with this many classes.
 */
function readClassNames({ classes, decoder }: ModelConfiguration): string[] {
  const names = classes ?? publishedTable(decoder.num_classes)?.names ?? [];
  return Array.from({ length: decoder.num_classes }, (_, id) => names[id] ?? genericName(id));
}
