/** The files that a parse can produce, each encoded only on request. */
import { outputKinds, type OutputName, outputNames, type ParseOptions } from '@m2fp/contract';
import type { Photo } from '../image/photo.ts';
import type { Manifest } from '../model/manifest.ts';
import { encodeCoco } from '../render/coco.ts';
import { encodeIndexedPng, encodeOverlay } from '../render/encode-pictures.ts';
import { paintInstances } from '../render/paint.ts';
import { instancePalette, palettes } from '../render/palettes.ts';
import type { Parsing } from './types.ts';

export interface OutputFile {
  readonly output: OutputName;
  /** Its name under the job's output prefix. */
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** What the outputs are made of. */
export interface Rendering {
  readonly photo: Photo;
  /** The photo's own name. */
  readonly fileName: string;
  readonly parsing: Parsing;
  readonly manifest: Manifest;
  readonly options: ParseOptions;
  /** The label map: one class id per pixel. */
  readonly colormap: Uint8Array;
}

type Encode = (rendering: Rendering) => Promise<Uint8Array>;

/** How each output is made; its name and type are in the contract's `outputKinds`. */
const encoders: Readonly<Record<OutputName, Encode>> = {
  masks: encodeMasks,
  colormap: encodeColormap,
  instances: encodeInstances,
  overlay: encodePhotoOverlay,
};

/** Encodes the requested outputs in parallel. Always in the order of `outputNames`. */
export function encodeOutputs(rendering: Rendering): Promise<OutputFile[]> {
  const wanted = outputNames.filter((output) => rendering.options.outputs.includes(output));
  return Promise.all(
    wanted.map(async (output) => {
      const { file: name, contentType } = outputKinds[output];
      return { output, name, contentType, bytes: await encoders[output](rendering) };
    }),
  );
}

async function encodeMasks(rendering: Rendering): Promise<Uint8Array> {
  return encodeCoco(rendering);
}

function encodeColormap({ parsing, manifest, options, colormap }: Rendering): Promise<Uint8Array> {
  return encodeIndexedPng(colormap, parsing.width, parsing.height, palettes[options.palette](manifest.labels));
}

function encodeInstances({ parsing, manifest, options }: Rendering): Promise<Uint8Array> {
  const instances = paintInstances(parsing, manifest.labels, options.score_step);
  return encodeIndexedPng(instances, parsing.width, parsing.height, instancePalette(parsing.people));
}

async function encodePhotoOverlay({ photo, manifest, options, colormap }: Rendering): Promise<Uint8Array> {
  return encodeOverlay(await photo.rgb(), colormap, palettes[options.palette](manifest.labels));
}
