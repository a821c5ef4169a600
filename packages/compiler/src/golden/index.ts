/** Checking a bundle against what the reference implementation computed ("golden cases"). */
export { parseNpy, readByteNpy, readFloatNpy, readNpy, type NpyArray } from './npy.ts';
