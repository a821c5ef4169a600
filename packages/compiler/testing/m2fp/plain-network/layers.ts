/** Layers as textbooks write them, for the plain network. */
// `!` below: loops over pixels and weights, within the shapes.
import { type Parameters, relu, type Tensor, tensor } from './tensor.ts';

const epsilon = 1e-5;

export interface ConvolutionSettings {
  stride?: number;
  dilation?: number;
  groups?: number;
}

/** Zero padding of one dilation for a 3x3 kernel, none for 1x1. */
export function convolve(x: Tensor, weight: Tensor, bias?: Tensor, settings: ConvolutionSettings = {}): Tensor {
  const { stride = 1, dilation = 1, groups = 1 } = settings;
  const [, height, width] = x.shape as [number, number, number];
  const [outChannels, groupChannels, kernel] = weight.shape as [number, number, number, number];
  const reach = ((kernel - 1) / 2) * dilation;
  const outHeight = Math.floor((height + 2 * reach - (kernel - 1) * dilation - 1) / stride) + 1;
  const outWidth = Math.floor((width + 2 * reach - (kernel - 1) * dilation - 1) / stride) + 1;
  const out = tensor(
    [outChannels, outHeight, outWidth],
    (i) => bias?.data[Math.floor(i / (outHeight * outWidth))] ?? 0,
  );
  for (let o = 0; o < outChannels; o++) {
    const firstChannel = Math.floor(o / (outChannels / groups)) * groupChannels;
    for (let c = 0; c < groupChannels; c++) {
      for (let ky = 0; ky < kernel; ky++) {
        for (let kx = 0; kx < kernel; kx++) {
          const factor = weight.data[((o * groupChannels + c) * kernel + ky) * kernel + kx]!;
          for (let oy = 0; oy < outHeight; oy++) {
            const y = oy * stride - reach + ky * dilation;
            if (y < 0 || y >= height) continue;
            for (let ox = 0; ox < outWidth; ox++) {
              const column = ox * stride - reach + kx * dilation;
              if (column < 0 || column >= width) continue;
              out.data[(o * outHeight + oy) * outWidth + ox]! +=
                factor * x.data[((firstChannel + c) * height + y) * width + column]!;
            }
          }
        }
      }
    }
  }
  return out;
}

/** With the running statistics. */
export function batchNorm(x: Tensor, parameters: Parameters, name: string): Tensor {
  const [weight, bias, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map(
    (part) => parameters(`${name}.${part}`).data,
  ) as [Float64Array, Float64Array, Float64Array, Float64Array];
  const area = x.shape[1]! * x.shape[2]!;
  return tensor(x.shape, (i) => {
    const c = Math.floor(i / area);
    return ((x.data[i]! - mean[c]!) / Math.sqrt(variance[c]! + epsilon)) * weight[c]! + bias[c]!;
  });
}

export function maxPool3x3Stride2(x: Tensor): Tensor {
  const [channels, height, width] = x.shape as [number, number, number];
  const [outHeight, outWidth] = [Math.floor((height - 1) / 2) + 1, Math.floor((width - 1) / 2) + 1];
  return tensor([channels, outHeight, outWidth], (i) => {
    const [c, oy, ox] = [Math.floor(i / (outHeight * outWidth)), Math.floor(i / outWidth) % outHeight, i % outWidth];
    let highest = -Infinity;
    for (let y = Math.max(0, 2 * oy - 1); y <= Math.min(height - 1, 2 * oy + 1); y++) {
      for (let column = Math.max(0, 2 * ox - 1); column <= Math.min(width - 1, 2 * ox + 1); column++) {
        highest = Math.max(highest, x.data[(c * height + y) * width + column]!);
      }
    }
    return highest;
  });
}

/** 32 groups of channels, each with one mean and one variance. */
export function groupNorm(x: Tensor, parameters: Parameters, name: string): Tensor {
  const size = x.data.length / 32;
  const weight = parameters(`${name}.weight`).data;
  const bias = parameters(`${name}.bias`).data;
  const area = x.shape[1]! * x.shape[2]!;
  const out = tensor(x.shape);
  for (let group = 0; group < 32; group++) {
    const { mean, variance } = momentsOf(x.data.subarray(group * size, (group + 1) * size));
    for (let i = group * size; i < (group + 1) * size; i++) {
      const c = Math.floor(i / area);
      out.data[i] = ((x.data[i]! - mean) / Math.sqrt(variance + epsilon)) * weight[c]! + bias[c]!;
    }
  }
  return out;
}

/** Over each row. */
export function layerNorm(x: Tensor, parameters: Parameters, name: string): Tensor {
  const weight = parameters(`${name}.weight`).data;
  const bias = parameters(`${name}.bias`).data;
  const [rows, columns] = x.shape as [number, number];
  const out = tensor(x.shape);
  for (let row = 0; row < rows; row++) {
    const { mean, variance } = momentsOf(x.data.subarray(row * columns, (row + 1) * columns));
    for (let i = 0; i < columns; i++) {
      out.data[row * columns + i] =
        ((x.data[row * columns + i]! - mean) / Math.sqrt(variance + epsilon)) * weight[i]! + bias[i]!;
    }
  }
  return out;
}

function momentsOf(values: Float64Array): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, variance: values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length };
}

/** `x · Wᵀ + b` */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const [rows, columns] = x.shape as [number, number];
  const outputs = weight.shape[0]!;
  const out = tensor([rows, outputs]);
  for (let row = 0; row < rows; row++) {
    for (let o = 0; o < outputs; o++) {
      let sum = bias?.data[o] ?? 0;
      for (let i = 0; i < columns; i++) sum += x.data[row * columns + i]! * weight.data[o * columns + i]!;
      out.data[row * outputs + o] = sum;
    }
  }
  return out;
}

export function namedLinear(x: Tensor, parameters: Parameters, name: string): Tensor {
  return linear(x, parameters(`${name}.weight`), parameters(`${name}.bias`));
}

export function feedForward(x: Tensor, parameters: Parameters, name: string): Tensor {
  return namedLinear(relu(namedLinear(x, parameters, `${name}.linear1`)), parameters, `${name}.linear2`);
}

export function softmax(values: readonly number[]): number[] {
  const highest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = values.map((value) => Math.exp(value - highest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** Bilinear, `align_corners` false. */
export function resize(x: Tensor, height: number, width: number): Tensor {
  const [channels, inHeight, inWidth] = x.shape as [number, number, number];
  return tensor([channels, height, width], (i) => {
    const c = Math.floor(i / (height * width));
    const y = Math.max(0, ((Math.floor(i / width) % height) + 0.5) * (inHeight / height) - 0.5);
    const column = Math.max(0, ((i % width) + 0.5) * (inWidth / width) - 0.5);
    const [y0, x0] = [Math.floor(y), Math.floor(column)];
    const [y1, x1] = [Math.min(y0 + 1, inHeight - 1), Math.min(x0 + 1, inWidth - 1)];
    const at = (row: number, col: number): number => x.data[(c * inHeight + row) * inWidth + col]!;
    const upper = at(y0, x0) * (1 - (column - x0)) + at(y0, x1) * (column - x0);
    const lower = at(y1, x0) * (1 - (column - x0)) + at(y1, x1) * (column - x0);
    return upper * (1 - (y - y0)) + lower * (y - y0);
  });
}
