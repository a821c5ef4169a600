/** How detectron2's configurations say what a photo is turned into. */
import { checkpointError } from '../../checkpoint/checkpoint-error.ts';
import type { M2fpConfiguration } from '../configuration.ts';
import type { Settings } from './settings.ts';

type Input = M2fpConfiguration['input'];
type Triple = Input['mean'];

/** detectron2's defaults, which are in the order BGR. */
const defaultMean: Triple = [103.53, 116.28, 123.675];
const defaultStd: Triple = [1, 1, 1];
const defaultMinSize = 800;
const defaultMaxSize = 1333;
/** Without any configuration: as the authors have it. */
const published: Input = {
  mean: [123.675, 116.28, 103.53],
  std: [58.395, 57.12, 57.375],
  channels: 'RGB',
  minSize: 640,
  maxSize: 2048,
};

/** Throws `model_unavailable`, naming the file and the key, for values that cannot be used. */
export function readInput(settings: Settings, file: string): { value: Input; notes: string[] } {
  const notes: string[] = [];
  const { minSize, maxSize } = readSizes(settings, notes);
  if (!settings.has('MODEL')) return { value: published, notes };
  const format = settings.get('INPUT.FORMAT') ?? 'BGR';
  if (format !== 'RGB' && format !== 'BGR') {
    throw checkpointError(`${file}: INPUT.FORMAT is ${JSON.stringify(format)}: only "RGB" and "BGR" can be built.`);
  }
  const mean = readTriple(settings, 'MODEL.PIXEL_MEAN', defaultMean, file);
  const std = readTriple(settings, 'MODEL.PIXEL_STD', defaultStd, file);
  if (std.some((value) => value <= 0))
    throw checkpointError(`${file}: MODEL.PIXEL_STD has a value that is not above 0.`);
  if (format === 'BGR' && !settings.has('INPUT.FORMAT') && mean[0] > mean[2]) {
    notes.push('INPUT.FORMAT is missing, which is BGR, but MODEL.PIXEL_MEAN looks like one for RGB.');
  }
  const inRgb = ([first, second, third]: Triple): Triple =>
    format === 'RGB' ? [first, second, third] : [third, second, first];
  return { value: { mean: inRgb(mean), std: inRgb(std), channels: format, minSize, maxSize }, notes };
}

function readTriple(settings: Settings, key: string, standard: Triple, file: string): Triple {
  if (!settings.has(key)) return standard;
  const [first, second, third] = settings.numbers(key, 3) ?? [];
  if (first !== undefined && second !== undefined && third !== undefined) return [first, second, third];
  throw checkpointError(`${file}: ${key} is not a list of three numbers.`);
}

/** The size that the authors test at: that of the test with flipping if that is on and of one size. */
function readSizes(settings: Settings, notes: string[]): Pick<Input, 'minSize' | 'maxSize'> {
  const size = (value: unknown, standard: number): number =>
    typeof value === 'number' && Number.isInteger(value) && value > 0 && value < 65_536 ? value : standard;
  const plain = settings.get('INPUT.MIN_SIZE_TEST');
  const plainMax = settings.get('INPUT.MAX_SIZE_TEST');
  const isFlipped = settings.flag('TEST.AUG.ENABLED') === true;
  const flipped = settings.numbers('TEST.AUG.MIN_SIZES', 1);
  const flippedMax = settings.get('TEST.AUG.MAX_SIZE');
  if (isFlipped && flipped !== undefined) {
    return { minSize: size(flipped[0], published.minSize), maxSize: size(flippedMax, published.maxSize) };
  }
  if (plain === 0)
    notes.push('INPUT.MIN_SIZE_TEST is 0, photos as they are: the size to test at is set to the usual one.');
  const standard = plain === 0 ? published.minSize : defaultMinSize;
  return { minSize: size(plain, standard), maxSize: size(plainMax, defaultMaxSize) };
}
