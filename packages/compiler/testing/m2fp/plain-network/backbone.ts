import { batchNorm, convolve, type ConvolutionSettings, maxPool3x3Stride2 } from './layers.ts';
import type { ModelJson } from './model-json.ts';
import { add, type Parameters, relu, type Tensor } from './tensor.ts';

/** The outputs of res2 to res5 for an image [3, height, width]. */
export function plainBackbone(image: Tensor, parameters: Parameters, settings: ModelJson['backbone']): Tensor[] {
  const normalized = (x: Tensor, name: string, window?: ConvolutionSettings): Tensor =>
    batchNorm(
      convolve(x, parameters(`backbone.${name}.weight`), undefined, window),
      parameters,
      `backbone.${name}.norm`,
    );

  function block(input: Tensor, name: string, stride: number, dilation: number, outChannels: number): Tensor {
    const [first, second] = settings.stride_in_1x1 ? [stride, 1] : [1, stride];
    let x = relu(normalized(input, `${name}.conv1`, { stride: first }));
    x = relu(normalized(x, `${name}.conv2`, { stride: second, dilation, groups: settings.num_groups }));
    x = normalized(x, `${name}.conv3`);
    const shortcut = input.shape[0] === outChannels ? input : normalized(input, `${name}.shortcut`, { stride });
    return relu(add(x, shortcut));
  }

  let x = relu(normalized(image, 'stem.conv1', { stride: 2 }));
  if (settings.stem !== 'basic') for (const name of ['stem.conv2', 'stem.conv3']) x = relu(normalized(x, name));
  x = maxPool3x3Stride2(x);
  const counts = { 50: [3, 4, 6, 3], 101: [3, 4, 23, 3], 152: [3, 8, 36, 3] }[settings.depth];
  return counts.map((count, s) => {
    const stage = s + 2;
    const dilation = stage === 4 ? settings.res4_dilation : stage === 5 ? settings.res5_dilation : 1;
    const stageStride = stage === 2 || dilation > 1 ? 1 : 2;
    for (let i = 0; i < count; i++) {
      const factor = stage === 5 ? (settings.res5_multi_grid[i] ?? NaN) : 1;
      x = block(
        x,
        `res${stage}.${i}`,
        i === 0 ? stageStride : 1,
        dilation * factor,
        settings.res2_out_channels * 2 ** s,
      );
    }
    return x;
  });
}
