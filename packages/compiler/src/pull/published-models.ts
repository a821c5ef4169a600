/** The models that ModelScope publishes and `m2fp model pull` knows by name. */
export interface PublishedModel {
  readonly name: 'people' | 'single';
  readonly repository: string;
  /** A tag or branch of the repository. */
  readonly revision: string;
  readonly licence: string;
  readonly description: string;
}

const licence = 'CC BY-NC 4.0';

export const publishedModels = {
  people: {
    name: 'people',
    repository: 'iic/cv_resnet101_image-multiple-human-parsing',
    revision: 'v1.0.1',
    licence,
    description: 'M2FP for many people, ResNet-101, trained on CIHP (20 classes of parts and clothes)',
  },
  single: {
    name: 'single',
    repository: 'iic/cv_resnet101_image-single-human-parsing',
    // ModelScope's default branch: every repository has it, whatever its tags are called.
    revision: 'master',
    licence,
    description: 'M2FP for one person, ResNet-101, trained on LIP (20 classes of parts and clothes)',
  },
} as const satisfies Record<string, PublishedModel>;

export type PublishedModelName = keyof typeof publishedModels;

/** Shown before anything is fetched. */
export function licenceNotice({ description, repository, licence: name }: PublishedModel): string {
  return [
    `${description}.`,
    `Source: https://modelscope.cn/models/${repository}`,
    `Licence of the weights: ${name} (https://creativecommons.org/licenses/by-nc/4.0/).`,
    'You may use and adapt them with attribution, but NOT for commercial purposes.',
    'A model bundle made from them stays under that licence.',
  ].join('\n');
}
