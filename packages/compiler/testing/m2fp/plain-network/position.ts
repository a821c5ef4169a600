import { type Tensor, tensor } from './tensor.ts';

/** Sine encodings of a map of `height` x `width`: [height * width, features]. */
export function plainPositions(height: number, width: number, features: number): Tensor {
  const half = features / 2;
  const encode = (index: number, size: number, feature: number): number => {
    const place = ((index + 1) / (size + 1e-6)) * 2 * Math.PI;
    const angle = place / 10_000 ** ((2 * Math.floor(feature / 2)) / half);
    return feature % 2 === 0 ? Math.sin(angle) : Math.cos(angle);
  };
  return tensor([height * width, features], (at) => {
    const feature = at % features;
    const token = Math.floor(at / features);
    return feature < half
      ? encode(Math.floor(token / width), height, feature)
      : encode(token % width, width, feature - half);
  });
}
