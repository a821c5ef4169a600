/** Checking a bundle against what the reference implementation computed ("golden cases"). */
export { type CaseReport, checkBundle, tolerances } from './check-bundle.ts';
