/** Reading PyTorch checkpoints, and random weights in their place. */
export { configurationFileName, openCheckpoint, weightsFileName, type Checkpoint } from './checkpoint.ts';
export {
  assertTensor,
  elementCount,
  formatShape,
  requireTensor,
  stopWhenAborted,
  trackTensors,
  type Shape,
  type TensorSource,
  type TrackedSource,
} from './tensor-source.ts';
export { createSeededSource, type SeededSourceOptions } from '../synth/seeded-source.ts';
