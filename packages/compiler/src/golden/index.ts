/** Checking a bundle against what the reference implementation computed ("golden cases"). */
export { type CaseReport, checkBundle, tolerances } from './check-bundle.ts';
export { type GoldenCase, type GoldenMask, readGoldenCases } from './golden-cases.ts';
export { parseNpy, readByteNpy, readFloatNpy, readNpy, type NpyArray } from './npy.ts';
