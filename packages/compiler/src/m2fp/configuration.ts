import { shortened } from '@m2fp/core/model';
import type { z } from 'zod';
import { checkpointError } from '../checkpoint/checkpoint-error.ts';
import type { Architecture } from './architecture.ts';
import { type ModelConfiguration, modelSchema, publishedModel } from './configuration-schema.ts';
import { classNames, genericName } from './labels.ts';

/** What a checkpoint's `configuration.json` says, and how it was read. */
export interface M2fpConfiguration {
  readonly task: PeopleTask | SingleTask;
  readonly architecture: Architecture;
  /** One name per class, in the order of the class ids. */
  readonly classNames: readonly string[];
  /** Keys that the network does not need, such as `model.pretrained`: ignored. */
  readonly ignoredKeys: readonly string[];
  /** Keys that are missing, such as `model.decoder.nheads`: they have the value of the published checkpoint. */
  readonly assumedKeys: readonly string[];
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
  const published = publishedModel(found['single_human'] === true);
  const merged = mergeKeys(found, published, 'model');
  const parsed = modelSchema.safeParse(merged.value);
  if (!parsed.success) throw checkpointError(describeProblems(file, merged.value, parsed.error));
  assertWidthsAgree(file, parsed.data);
  return {
    task: readTask(parsed.data),
    architecture: readArchitecture(parsed.data),
    classNames: readClassNames(parsed.data),
    ignoredKeys: [...Object.keys(json).filter((key) => key !== 'model'), ...merged.ignored],
    assumedKeys: merged.assumed,
  };
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
    if (!Object.hasOwn(found, key) && !isSection(standard)) merged.assumed.push(`${path}.${key}`);
    if (isSection(standard) && (value === undefined || isObject(value))) {
      const section = mergeKeys(value ?? {}, standard, `${path}.${key}`);
      merged.value[key] = section.value;
      merged.ignored = [...merged.ignored, ...section.ignored];
      merged.assumed = [...merged.assumed, ...section.assumed];
    } else merged.value[key] = Object.hasOwn(found, key) ? value : standard;
  }
  // Not `push(...)`: a file can have more keys than a call may have arguments.
  const unknown = Object.keys(found).filter((key) => !Object.hasOwn(published, key));
  return { ...merged, ignored: [...merged.ignored, ...unknown.map((key) => `${path}.${key}`)] };
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

function describeProblems(file: string, model: unknown, error: z.ZodError): string {
  const problems = error.issues.slice(0, maxProblems).map(({ path, message }) => {
    const value = path.reduce<unknown>((part, key) => (part as Record<PropertyKey, unknown>)[key], model);
    return `model.${path.join('.')} is ${shortened(JSON.stringify(value) ?? 'missing', 100)}: ${shortened(message, 200)}`;
  });
  return `${file} describes a network that cannot be built: ${problems.join('; ')}.`;
}

/** Checks that involve more than one key. */
function assertWidthsAgree(file: string, { encoder, decoder }: ModelConfiguration): void {
  const problems: string[] = [];
  if (encoder.mask_dim !== decoder.mask_dim) {
    problems.push(
      `model.encoder.mask_dim is ${encoder.mask_dim} and model.decoder.mask_dim ${decoder.mask_dim}, ` +
        'but the two are multiplied',
    );
  }
  if (encoder.conv_dim % encoder.transformer_nheads !== 0) {
    problems.push(
      `model.encoder.conv_dim, ${encoder.conv_dim}, does not divide among ${encoder.transformer_nheads} heads`,
    );
  }
  if (decoder.hidden_dim % decoder.nheads !== 0) {
    problems.push(`model.decoder.hidden_dim, ${decoder.hidden_dim}, does not divide among ${decoder.nheads} heads`);
  }
  if (problems.length > 0)
    throw checkpointError(`${file} describes a network that cannot be built: ${problems.join('; ')}.`);
}

function readTask(model: ModelConfiguration): PeopleTask | SingleTask {
  if (!model.single_human) return { kind: 'm2fp', personClassId: model.num_parsing };
  const [widthPx, heightPx] = model.input_single_human.sizes[0] ?? [0, 0];
  return { kind: 'm2fp-single', widthPx, heightPx, resizeBeforeSum: model.sem_seg_postprocess_before_inference };
}

function readArchitecture({ backbone, encoder, decoder }: ModelConfiguration): Architecture {
  return {
    backbone: {
      depth: backbone.depth,
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

/** The configuration's names, one per class; numbered names if it has too few. */
function readClassNames({ classes, decoder }: ModelConfiguration): string[] {
  if (classes === null) return classNames(decoder.num_classes);
  return Array.from({ length: decoder.num_classes }, (_, id) => classes[id] ?? genericName(id));
}
