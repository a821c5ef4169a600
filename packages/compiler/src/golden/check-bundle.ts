import { openBundle, type SessionSettings } from '@m2fp/core/model';
import { checkGolden } from '../kinds.ts';
import type { LabelsReport } from '../semantic/check-labels.ts';
import type { MasksReport } from './check-masks.ts';

export { type LabelsReport, labelTolerances } from '../semantic/check-labels.ts';
export { type MasksReport, type RoundingErrors, type Tolerances, tolerances } from './check-masks.ts';

/** What a kind's golden cases consist of: masks with scores, or one label map. */
export type CaseReport = MasksReport | LabelsReport;

/**
 * Runs a bundle's network and its post-processing on each golden case, and yields what differs. Throws
 * `invalid_request` for a kind without golden cases and a folder without any or with those of another network, and
 * `model_unavailable` for the bundle.
 */
export async function* checkBundle(
  bundleDir: string,
  goldenDir: string,
  settings: SessionSettings,
): AsyncGenerator<CaseReport> {
  yield* checkGolden(await openBundle(bundleDir), goldenDir, settings);
}
