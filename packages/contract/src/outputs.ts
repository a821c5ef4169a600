/**
 * The files that a parse can make, one row per output. A new output is a row here plus its encoder in
 * `packages/core/src/parsing/outputs.ts`, which does not compile without it; API, CLI, worker, client types and docs
 * derive from the row.
 */
interface OutputKind {
  /** Under a job's output prefix, and in a photo's result folder. */
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
} as const satisfies Record<string, OutputKind>;

export type OutputName = keyof typeof outputKinds;
export const outputNames = Object.keys(outputKinds) as readonly OutputName[];
export const defaultOutputs: readonly OutputName[] = outputNames.filter((name) => outputKinds[name].isDefault);
