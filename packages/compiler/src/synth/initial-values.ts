import { elementCount, type Shape } from '../checkpoint/tensor-source.ts';
import { levels, samplingPoints } from '../m2fp/architecture.ts';

/** Gives numbers spread evenly over [-1, 1). */
export type RandomNumbers = () => number;

/**
 * How random weights are spread, by a tensor's name and shape, so that the network behaves like a trained one:
 * activations neither die nor blow up over a hundred layers, sampling points lie on many cells, masks have edges, and
 * some queries are confident of their class. Its results mean nothing.
 *
 * The numbers below that are not from a textbook were chosen by looking at the results at the published size: for a
 * photo, some tens of masks of all sizes, of several classes, and some whole people.
 *
 * A `!` below is on an index within the array's length.
 */
interface Rule {
  pattern: RegExp;
  fill: (values: Float32Array, random: RandomNumbers, shape: Shape) => void;
}

/** The residual branches start small: 33 sums of equals would make activations 2^16 times larger. */
const residualGain = 0.25;
/** Typical distance, in pixels of a level, by which a query moves its sampling points. */
const samplingMove = 0.5;
/** Typical class logit: large enough that softmax over some twenty classes prefers one. */
const classGain = 2.5;
/** Attention looks at few places, so that each query finds its own: logits are larger by the square of this. */
const attentionFocus = 2;
/** Part of what attention adds is the same for all queries: too much of it, and nine layers make them all alike. */
const attentionGain = 0.15;
/** The finest features are the noisiest: less of them gives masks with edges instead of grain. */
const finestGain = 0.2;
/** Below zero, so that few mask features are active at a pixel, and masks are parts of the photo. */
const maskFeatureThreshold = -0.5;
/** Biases whose product, over all channels, lowers every mask logit by two for 256 channels. */
const maskBias = 0.09;
/** Added to the logit of the last class, the whole person for many people: without people nothing is grouped. */
const personBias = 2;
/** Added to the logit of 'no object', so that most queries find nothing, as in a photo of few people. */
const noObjectBias = 6;

/** The first rule whose pattern matches applies. */
const rules: readonly Rule[] = [
  { pattern: /\.num_batches_tracked$/, fill: () => undefined },
  { pattern: /\.running_mean$/, fill: around(0, 0.05) },
  { pattern: /\.running_var$/, fill: around(1, 0.1) },
  { pattern: /^backbone\.res\d\.\d+\.conv3\.norm\.weight$/, fill: around(residualGain, residualGain / 10) },
  { pattern: /sampling_offsets\.weight$/, fill: linear(samplingMove) },
  { pattern: /sampling_offsets\.bias$/, fill: directions },
  { pattern: /predictor\..*\.in_proj_weight$/, fill: linear(attentionFocus) },
  { pattern: /predictor\..*\.out_proj\.weight$/, fill: linear(attentionGain) },
  {
    pattern: /(\.linear2|\.adapter_1|\.input_proj\.\d\.0|\.mask_features|\.mask_embed\.layers\.2)\.weight$/,
    fill: afterRelu(1),
  },
  { pattern: /\.mask_embed\.layers\.1\.weight$/, fill: afterRelu(Math.SQRT2) },
  { pattern: /pixel_decoder\.input_proj\.2\.1\.weight$/, fill: around(finestGain, finestGain / 10) },
  { pattern: /adapter_1\.norm\.weight$/, fill: around(finestGain, finestGain / 10) },
  { pattern: /layer_1\.norm\.bias$/, fill: around(maskFeatureThreshold, 0.1) },
  { pattern: /mask_features\.bias$/, fill: around(-maskBias, maskBias / 10) },
  { pattern: /mask_embed\.layers\.2\.bias$/, fill: around(maskBias, maskBias / 10) },
  { pattern: /class_embed\.weight$/, fill: linear(classGain) },
  { pattern: /class_embed\.bias$/, fill: classBias },
  // Queries and levels are vectors to be told apart from each other.
  { pattern: /(query_feat|query_embed|level_embed)(\.weight)?$/, fill: around(0, 1) },
  // Before a ReLU half of the signal is lost, so weights are larger by the square root of two (He et al. 2015).
  {
    pattern: /(^backbone\..*|\.layer_1|\.linear1|\.mask_embed\.layers\.0)\.weight$/,
    fill: byDimensions(Math.SQRT2),
  },
  { pattern: /weight$/, fill: byDimensions(1) },
  { pattern: /bias$/, fill: around(0, 0.05) },
];

/** The values of a tensor of this name. If no rule matches, they are zero: the network does not read such a tensor. */
export function fillInitialValues(name: string, shape: Shape, random: RandomNumbers): Float32Array {
  const values = new Float32Array(elementCount(shape));
  rules.find(({ pattern }) => pattern.test(name))?.fill(values, random, shape);
  return values;
}

/** Evenly spread with this mean and standard deviation. */
function around(mean: number, deviation: number): Rule['fill'] {
  const reach = deviation * Math.sqrt(3);
  return (values, random) => {
    for (let i = 0; i < values.length; i += 1) values[i] = mean + reach * random();
  };
}

/** Sums of products with inputs of deviation 1 come out with deviation `gain`. */
function linear(gain: number): Rule['fill'] {
  return (values, random, shape) => {
    const inputs = elementCount(shape.slice(1));
    around(0, gain / Math.sqrt(inputs))(values, random, shape);
  };
}

/**
 * For inputs that have passed a ReLU and are not negative: the weights of one output add up to zero, so that the
 * inputs' common offset, which carries no information, is not passed on.
 */
function afterRelu(gain: number): Rule['fill'] {
  return (values, random, shape) => {
    linear(gain)(values, random, shape);
    const inputs = elementCount(shape.slice(1));
    for (let start = 0; start < values.length; start += inputs) {
      const row = values.subarray(start, start + inputs);
      const mean = row.reduce((sum, value) => sum + value, 0) / inputs;
      for (let i = 0; i < inputs; i += 1) row[i]! -= mean;
    }
  };
}

/** A vector is a norm's scale; anything else multiplies inputs. */
function byDimensions(gain: number): Rule['fill'] {
  return (values, random, shape) => (shape.length === 1 ? around(1, 0.05) : linear(gain))(values, random, shape);
}

/**
 * Deformable DETR (Zhu et al. 2021): each head looks in its own direction, with its points one to four cells away, on
 * every level. Shape [heads * levels * points * 2], x before y.
 */
function directions(values: Float32Array): void {
  const perHead = levels.length * samplingPoints;
  const heads = values.length / (perHead * 2);
  for (let pair = 0; pair < values.length / 2; pair += 1) {
    const angle = (2 * Math.PI * Math.floor(pair / perHead)) / heads;
    const x = Math.cos(angle);
    const y = Math.sin(angle);
    const distance = ((pair % samplingPoints) + 1) / Math.max(Math.abs(x), Math.abs(y));
    values[pair * 2] = x * distance;
    values[pair * 2 + 1] = y * distance;
  }
}

function classBias(values: Float32Array, random: RandomNumbers, shape: Shape): void {
  around(0, 0.05)(values, random, shape);
  values[values.length - 2] = personBias;
  values[values.length - 1] = noObjectBias;
}
