/**
 * The files that a parse can make, one row per output. A new output is a row here plus its encoder in
 * `packages/core/src/parsing/outputs.ts`, which does not compile without it; API, CLI, worker, client types and docs
 * derive from the row.
 */
import { bounds } from './limits.ts';

interface OutputKind {
  /**
   * Under a job's output prefix, and in a photo's result folder. With `{person}` in it, there is one file for each
   * person.
   */
  readonly file: string;
  readonly contentType: string;
  readonly description: string;
  /** Made unless the request chooses its outputs. */
  readonly isDefault: boolean;
}

export const outputKinds = {
  masks: {
    file: 'masks.json',
    contentType: 'application/json',
    description: 'a COCO dataset of the photo: one annotation per mask, with RLE, score, box, area and `person_id`',
    isDefault: true,
  },
  colormap: {
    file: 'colormap.png',
    contentType: 'image/png',
    description: "indexed PNG at the photo's size: pixel value = class id, palette = colors",
    isDefault: true,
  },
  instances: {
    file: 'instances.png',
    contentType: 'image/png',
    description: 'indexed PNG: pixel value = person id, 0 = nobody',
    isDefault: true,
  },
  overlay: {
    file: 'overlay.jpg',
    contentType: 'image/jpeg',
    description: 'the photo under its colormap',
    isDefault: false,
  },
  cutout: {
    file: 'cutout.png',
    contentType: 'image/png',
    description: 'the photo as RGBA, transparent where the label map has nothing',
    isDefault: false,
  },
  people: {
    file: 'people/{person}.png',
    contentType: 'image/png',
    description: 'each person cut out as RGBA: `people/1.png`, `people/2.png` …',
    isDefault: false,
  },
  'parse-lip': {
    file: 'parse-lip.png',
    contentType: 'image/png',
    description: 'indexed PNG: the label map in the 20 class ids of LIP',
    isDefault: false,
  },
  'parse-atr': {
    file: 'parse-atr.png',
    contentType: 'image/png',
    description: 'indexed PNG: the label map in the 18 class ids of ATR',
    isDefault: false,
  },
  agnostic: {
    file: 'agnostic.png',
    contentType: 'image/png',
    description: 'gray PNG: 255 where a try-on model paints anew (`garment`), 0 elsewhere',
    isDefault: false,
  },
} as const satisfies Record<string, OutputKind>;

export type OutputName = keyof typeof outputKinds;
export const outputNames = Object.keys(outputKinds) as readonly OutputName[];
export const defaultOutputs: readonly OutputName[] = outputNames.filter((name) => outputKinds[name].isDefault);

const personPlace = '{person}';

/** Outputs with one file for each person. */
export type PersonalOutput = {
  [Name in OutputName]: (typeof outputKinds)[Name]['file'] extends `${string}{person}${string}` ? Name : never;
}[OutputName];

export function isPersonal(output: OutputName): output is PersonalOutput {
  return outputKinds[output].file.includes(personPlace);
}

export const personalOutputs = outputNames.filter(isPersonal);

/** Its name under the job's output prefix. `person` matters only to outputs with one file for each person. */
export function outputFileName(output: OutputName, person = 1): string {
  return outputKinds[output].file.replace(personPlace, String(person));
}

const anybody: readonly number[] = Array.from({ length: bounds.people.max }, (_, index) => index + 1);

/**
 * Every name that the output's files may have.
 * @param people the ids of the chosen ones; none = anybody
 */
export function possibleFileNames(output: OutputName, people: readonly number[] = []): string[] {
  if (!isPersonal(output)) return [outputFileName(output)];
  return (people.length > 0 ? people : anybody).map((person) => outputFileName(output, person));
}
