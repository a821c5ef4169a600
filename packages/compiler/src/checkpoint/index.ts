/** Reading PyTorch checkpoints, and random weights in their place. */
export {
  assertTensor,
  elementCount,
  formatShape,
  requireTensor,
  trackTensors,
  type Shape,
  type TensorSource,
  type TrackedSource,
} from './tensor-source.ts';
