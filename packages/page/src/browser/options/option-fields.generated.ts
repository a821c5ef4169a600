/** Made by `npm run docs:generate` from the contract's options and outputs: not to be edited. */
import type { OptionField, OutputField } from './option-field.ts';

export const optionFields: readonly OptionField[] = [
  {
    name: 'short_side',
    description: 'Short side, px, that the photo is resized to for the network (models that resize the whole photo).',
    default: 540,
    kind: 'number',
    min: 32,
    max: 2048,
    isWhole: true,
  },
  {
    name: 'max_side',
    description: 'The long side, px, never exceeds this; it wins over `short_side`.',
    default: 1333,
    kind: 'number',
    min: 32,
    max: 4096,
    isWhole: true,
  },
  {
    name: 'score_threshold',
    description: 'Masks whose score is not above this are dropped.',
    default: 0,
    kind: 'number',
    min: 0,
    max: 1,
  },
  {
    name: 'top_k',
    description: 'Consider at most this many of the likeliest (query, class) pairs (models for many people).',
    default: 100,
    kind: 'number',
    min: 1,
    max: 100,
    isWhole: true,
  },
  {
    name: 'score_step',
    description: 'Scores are rounded to this step before painting, so that ties go to the smaller mask; 0 = exact.',
    default: 0.05,
    kind: 'number',
    min: 0,
    max: 1,
  },
  {
    name: 'outputs',
    description: 'The files to make.',
    default: ['masks', 'colormap', 'instances'],
    kind: 'list',
    choices: ['masks', 'colormap', 'instances', 'overlay', 'cutout', 'people', 'parse-lip', 'parse-atr', 'agnostic'],
  },
  {
    name: 'palette',
    description: "Colors of the colormap; `model` is the model's own.",
    default: 'model',
    kind: 'choice',
    choices: ['model', 'cihp', 'voc'],
  },
  {
    name: 'parts',
    description: 'Only these classes, by name, are in the results; none = all.',
    default: [],
    kind: 'texts',
  },
  {
    name: 'person',
    description: 'Only these people, by `person_id`, are in the results; none = all.',
    default: [],
    kind: 'numbers',
    min: 1,
    max: 255,
    isWhole: true,
  },
  {
    name: 'polygons',
    description: 'Segmentations in `masks.json` are polygons instead of RLE: they have no holes.',
    default: false,
    kind: 'flag',
  },
  {
    name: 'crop',
    description: 'The cutout has the size of what was cut out, not the photo’s.',
    default: false,
    kind: 'flag',
  },
  {
    name: 'garment',
    description: 'What the agnostic mask covers.',
    default: 'upper',
    kind: 'choice',
    choices: ['upper', 'lower', 'dresses'],
  },
];

export const outputFields: readonly OutputField[] = [
  {
    name: 'masks',
    file: 'masks.json',
    description: 'a COCO dataset of the photo: one annotation per mask, with RLE, score, box, area and `person_id`',
  },
  {
    name: 'colormap',
    file: 'colormap.png',
    description: "indexed PNG at the photo's size: pixel value = class id, palette = colors",
  },
  { name: 'instances', file: 'instances.png', description: 'indexed PNG: pixel value = person id, 0 = nobody' },
  { name: 'overlay', file: 'overlay.jpg', description: 'the photo under its colormap' },
  { name: 'cutout', file: 'cutout.png', description: 'the photo as RGBA, transparent where the label map has nothing' },
  {
    name: 'people',
    file: 'people/{person}.png',
    description: 'each person cut out as RGBA: `people/1.png`, `people/2.png` …',
  },
  { name: 'parse-lip', file: 'parse-lip.png', description: 'indexed PNG: the label map in the 20 class ids of LIP' },
  { name: 'parse-atr', file: 'parse-atr.png', description: 'indexed PNG: the label map in the 18 class ids of ATR' },
  {
    name: 'agnostic',
    file: 'agnostic.png',
    description: 'gray PNG: 255 where a try-on model paints anew (`garment`), 0 elsewhere',
  },
];
