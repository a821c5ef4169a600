/**
 * What can be done with each kind of model besides parsing photos with it. A kind that is new in core is refused by the
 * type checker until it has an entry here.
 */
import { AppError } from '@m2fp/contract';
import type { Bundle, KindName, Manifest, ManifestOf, SessionSettings } from '@m2fp/core/model';
import {
  loadM2fpNetwork,
  lowestScore,
  type NetworkOutput,
  type ParsedMask,
  planarPixels,
  postProcessPeople,
  postProcessPerson,
  type ResizeSteps,
} from '@m2fp/core/parsing';
import { checkMasks, type GoldenNetwork, type MasksReport } from './golden/check-masks.ts';
import { checkLabels, type LabelsReport } from './semantic/check-labels.ts';

interface KindTools<M extends Manifest> {
  /** Compares a bundle with golden cases, for `model check`; undefined for kinds without a reference implementation. */
  readonly checkGolden: ((bundle: Bundle<M>, goldenDir: string, settings: SessionSettings) => Reports) | undefined;
}

type Reports = AsyncGenerator<MasksReport | LabelsReport>;

/** The reference looks at the 100 likeliest pairs, and drops none for its score that it kept before. */
const topK = 100;
const scoreThreshold = 0;

const kindTools: { readonly [K in KindName]: KindTools<ManifestOf<K>> } = {
  m2fp: {
    checkGolden: (bundle, dir, settings) =>
      checkM2fp(bundle, dir, settings, lowestScore, (output, steps) =>
        postProcessPeople(output, steps, { personClassId: bundle.manifest.personClassId, scoreThreshold, topK }),
      ),
  },
  'm2fp-single': {
    checkGolden: (bundle, dir, settings) =>
      checkM2fp(bundle, dir, settings, undefined, (output, steps) =>
        postProcessPerson(output, steps, { resizeBeforeSum: bundle.manifest.resizeBeforeSum, scoreThreshold }),
      ),
  },
  portrait: { checkGolden: undefined },
  semantic: { checkGolden: checkLabels },
};

/** Throws `model_unavailable`, and `invalid_request` for a bundle whose kind has no golden cases. */
export async function* checkGolden<K extends KindName>(
  bundle: Bundle<ManifestOf<K>>,
  goldenDir: string,
  settings: SessionSettings,
): Reports {
  const { kind } = bundle.manifest;
  const check = kindTools[kind].checkGolden;
  if (!check) throw new AppError('invalid_request', `There are no golden cases for bundles of the kind ${kind}.`);
  yield* check(bundle, goldenDir, settings);
}

async function* checkM2fp(
  bundle: Parameters<typeof loadM2fpNetwork>[0],
  goldenDir: string,
  settings: SessionSettings,
  lowest: number | undefined,
  postProcess: (output: NetworkOutput, steps: ResizeSteps) => { readonly masks: readonly ParsedMask[] },
): AsyncGenerator<MasksReport> {
  const network = await loadM2fpNetwork(bundle, settings);
  const golden: GoldenNetwork = {
    lowestScore: lowest,
    async run({ input, cut, photo }) {
      network.input.clear(input);
      network.input.draw(planarPixels(input.data, input));
      const output = await network.run();
      const steps = { logits: output.maskSize, padded: network.input.padded, cut, photo };
      return { output, masks: postProcess(output, steps).masks };
    },
    close: () => network.close(),
  };
  yield* checkMasks(golden, bundle.manifest.labels, goldenDir);
}
