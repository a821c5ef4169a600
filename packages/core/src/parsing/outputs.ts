/** The files that a parse can produce, each encoded only on request. */
import { outputFileName, outputKinds, type OutputName, outputNames, type ParseOptions } from '@m2fp/contract';
import type { Photo } from '../image/photo.ts';
import type { Manifest } from '../model/manifest.ts';
import { encodeCoco } from '../render/coco.ts';
import { instancePalette, palettes, type Palette } from '../render/palettes.ts';
import { encodeCutout, encodeOverlay, encodePeople } from '../render/photo-pictures.ts';
import { encodeGrayPng, encodeIndexedPng } from '../render/png.ts';
import type { LabelMap } from '../render/try-on/translate.ts';
import { agnosticMask, atrPalette, lipPalette, translateLabelMap } from '../render/try-on/try-on-maps.ts';
import type { Rendered } from './render-parsing.ts';

export interface OutputFile {
  readonly output: OutputName;
  /** Whose file it is, if the output has one for each person. */
  readonly person?: number | undefined;
  /** Its name under the job's output prefix. */
  readonly name: string;
  readonly contentType: string;
  readonly bytes: Uint8Array;
}

/** What an output is made of. */
interface Rendering extends Rendered {
  readonly photo: Photo;
  /** The photo's own name. */
  readonly fileName: string;
  readonly manifest: Manifest;
  readonly options: ParseOptions;
}

/** Its content, and whose it is. */
type PersonFile = Pick<OutputFile, 'bytes'> & { readonly person: number };
type Encode = (rendering: Rendering) => Promise<Uint8Array> | Promise<readonly PersonFile[]>;

/** How each output is made; its name and type are in the contract's `outputKinds`. */
const encoders: Readonly<Record<OutputName, Encode>> = {
  masks: encodeMasks,
  colormap: encodeColormap,
  instances: encodeInstances,
  overlay: encodePhotoOverlay,
  cutout: encodePhotoCutout,
  people: encodeEachPerson,
  'parse-lip': (rendering) => encodeTranslated(rendering, 'lip', lipPalette),
  'parse-atr': (rendering) => encodeTranslated(rendering, 'atr', atrPalette),
  agnostic: encodeAgnostic,
};

/** Made in turn: each decodes the photo, and one copy of its pixels in memory is enough. */
const ofPhoto: ReadonlySet<OutputName> = new Set(['overlay', 'cutout', 'people']);

/** Whether it needs the photo's pixels. */
export function readsPhoto(output: OutputName): boolean {
  return ofPhoto.has(output);
}

/** Encodes these outputs. Always in the order of `outputNames`, and files of people by their ids. */
export async function encodeOutputs(rendering: Rendering, outputs: readonly OutputName[]): Promise<OutputFile[]> {
  const wanted = outputNames.filter((output) => outputs.includes(output));
  const made = new Map<OutputName, OutputFile[]>();
  const make = async (output: OutputName): Promise<void> => {
    made.set(output, filesOf(output, await encoders[output](rendering)));
  };
  const makeInTurn = async (): Promise<void> => {
    for (const output of wanted) if (readsPhoto(output)) await make(output);
  };
  // `masks` last: it is text that this thread writes, while others decode and compress for the rest.
  const others = wanted.filter((output) => !readsPhoto(output)).sort(masksLast);
  await Promise.all([makeInTurn(), ...others.map(make)]);
  return wanted.flatMap((output) => made.get(output) ?? []);
}

function masksLast(a: OutputName, b: OutputName): number {
  return Number(a === 'masks') - Number(b === 'masks');
}

function filesOf(output: OutputName, made: Uint8Array | readonly PersonFile[]): OutputFile[] {
  const { contentType } = outputKinds[output];
  if (made instanceof Uint8Array) return [{ output, name: outputFileName(output), contentType, bytes: made }];
  return made.map(({ person, bytes }) => ({
    output,
    person,
    name: outputFileName(output, person),
    contentType,
    bytes,
  }));
}

async function encodeMasks(rendering: Rendering): Promise<Uint8Array> {
  return encodeCoco(rendering);
}

function encodeColormap({ parsing, manifest, options, colormap }: Rendering): Promise<Uint8Array> {
  return encodeIndexedPng(colormap, parsing.width, parsing.height, palettes[options.palette](manifest.labels));
}

function encodeInstances({ parsing, instances, highestPersonId }: Rendering): Promise<Uint8Array> {
  return encodeIndexedPng(instances(), parsing.width, parsing.height, instancePalette(highestPersonId));
}

async function encodePhotoOverlay({ photo, manifest, options, colormap }: Rendering): Promise<Uint8Array> {
  return encodeOverlay(await photo.rgb(), colormap, palettes[options.palette](manifest.labels));
}

async function encodePhotoCutout({ photo, options, colormap }: Rendering): Promise<Uint8Array> {
  return encodeCutout(await photo.rgb(), colormap, options.crop);
}

async function encodeEachPerson({ photo, instances }: Rendering): Promise<PersonFile[]> {
  return encodePeople(await photo.rgb(), instances());
}

function encodeTranslated(rendering: Rendering, to: 'lip' | 'atr', palette: Palette): Promise<Uint8Array> {
  const { width, height } = rendering.parsing;
  return encodeIndexedPng(translateLabelMap(labelMapOf(rendering), rendering.manifest, to), width, height, palette);
}

function encodeAgnostic(rendering: Rendering): Promise<Uint8Array> {
  const { parsing, manifest, options } = rendering;
  const mask = agnosticMask(labelMapOf(rendering), manifest, options.garment);
  return encodeGrayPng(mask, parsing.width, parsing.height);
}

function labelMapOf({ parsing, colormap, instances }: Rendering): LabelMap {
  return { width: parsing.width, classes: colormap, people: instances };
}
