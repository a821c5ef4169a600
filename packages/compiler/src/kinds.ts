/**
 * What can be done with each kind of model besides parsing photos with it. A kind that is new in core is refused by the
 * type checker until it has an entry here.
 */
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
import type { GoldenCase } from './golden/golden-cases.ts';

/** A network that can be compared with what the reference implementation computed. */
export interface GoldenNetwork {
  /** The network's output for a golden case's input, and the masks that the post-processing makes of it. */
  run(golden: GoldenCase): Promise<{ output: NetworkOutput; masks: readonly ParsedMask[] }>;
  /** The score below which the reference drops masks; undefined if it drops none. */
  readonly lowestScore: number | undefined;
  close(): Promise<void>;
}

interface KindTools<M extends Manifest> {
  /** Loads a bundle for `model check`; undefined for kinds without a reference implementation. */
  readonly openGolden: ((bundle: Bundle<M>, settings: SessionSettings) => Promise<GoldenNetwork>) | undefined;
}

/** The reference looks at the 100 likeliest pairs, and drops none for its score that it kept before. */
const topK = 100;
const scoreThreshold = 0;

const kindTools: { readonly [K in KindName]: KindTools<ManifestOf<K>> } = {
  m2fp: {
    openGolden: (bundle, settings) =>
      openM2fp(bundle, settings, lowestScore, (output, steps) =>
        postProcessPeople(output, steps, { personClassId: bundle.manifest.personClassId, scoreThreshold, topK }),
      ),
  },
  'm2fp-single': {
    openGolden: (bundle, settings) =>
      openM2fp(bundle, settings, undefined, (output, steps) =>
        postProcessPerson(output, steps, { resizeBeforeSum: bundle.manifest.resizeBeforeSum, scoreThreshold }),
      ),
  },
  portrait: { openGolden: undefined },
};

/** Undefined for a bundle whose kind has no golden cases. Throws `model_unavailable`. */
export async function openGoldenNetwork<K extends KindName>(
  bundle: Bundle<ManifestOf<K>>,
  settings: SessionSettings,
): Promise<GoldenNetwork | undefined> {
  return kindTools[bundle.manifest.kind].openGolden?.(bundle, settings);
}

async function openM2fp(
  bundle: Parameters<typeof loadM2fpNetwork>[0],
  settings: SessionSettings,
  lowest: number | undefined,
  postProcess: (output: NetworkOutput, steps: ResizeSteps) => { readonly masks: readonly ParsedMask[] },
): Promise<GoldenNetwork> {
  const network = await loadM2fpNetwork(bundle, settings);
  return {
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
}
