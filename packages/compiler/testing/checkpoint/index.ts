/** Test support: making checkpoints. Nothing outside tests imports this. */
export { writeCheckpoint, type CheckpointContents, type CheckpointTensor } from './write-checkpoint.ts';
