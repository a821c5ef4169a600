/** Checking a bundle against what the reference implementation computed ("golden cases"). */
export {
  type CaseReport,
  checkBundle,
  type LabelsReport,
  labelTolerances,
  type MasksReport,
  type RoundingErrors,
  type Tolerances,
  tolerances,
} from './check-bundle.ts';
