import type { ParseOptions } from '@m2fp/contract';
import type { Photo } from '../../image/photo.ts';
import type { Bundle } from '../../model/manifest.ts';
import type { FloatTensor, SessionSettings } from '../../model/session.ts';
import type { Size } from '../../parsing/resize/resize-steps.ts';
import { createStopwatch } from '../../parsing/stopwatch.ts';
import type { ParsedMask, ParseHooks, Parser, Parsing } from '../../parsing/types.ts';
import { createKnotAxis } from './knots.ts';
import { labelByMap, labelByValues } from './label-photo.ts';
import type { SemanticManifest } from './manifest.ts';
import { type ClassesFound, loadSemanticNetwork } from './network.ts';
import { type Placement, placePhoto } from './placement.ts';
import { prepareInput } from './prepare-input.ts';
import { scoreClasses } from './scores.ts';

/** `run` also gives the network's output as it comes, for comparisons. */
export interface SemanticParser extends Parser {
  run(
    photo: Photo,
    options: ParseOptions,
    hooks?: ParseHooks,
  ): Promise<{ readonly parsing: Parsing; readonly raw: FloatTensor }>;
}

/**
 * The parser for any network for semantic segmentation, by its manifest's `input` and `output`. All parts belong to
 * person 1. `short_side` and `max_side` matter only if the network takes any size; `top_k` has no effect. Throws
 * `model_unavailable` if the graph cannot be loaded or does not fit.
 */
export async function loadSemantic(
  bundle: Bundle<SemanticManifest>,
  settings: SessionSettings,
): Promise<SemanticParser> {
  const network = await loadSemanticNetwork(bundle, settings);
  const { input } = bundle.manifest;

  const run: SemanticParser['run'] = async (photo, options, { onStep, begin, onNetworkDone } = {}) => {
    const stopwatch = createStopwatch();
    const { width, height } = photo;
    const placement = placePhoto(photo, input, options);
    const tensor = await stopwatch.time('decode', () => prepareInput(photo, placement, input));
    await begin?.();
    onStep?.({ stage: 'decoded' });
    const { found, raw } = await stopwatch.time('network', () => network.run(tensor));
    await onNetworkDone?.();
    const masks = await stopwatch.time('postprocess', () =>
      maskClasses(found, placement, bundle.manifest, photo).filter(({ score }) => score > options.score_threshold),
    );
    const people = masks.length > 0 ? 1 : 0;
    const parsing = { width, height, scale: placement.scale, masks, people, timings: stopwatch.timings() };
    return { parsing, raw };
  };

  const parse: Parser['parse'] = async (photo, options, hooks) => (await run(photo, options, hooks)).parsing;
  return { run, parse, close: () => network.close() };
}

/** One mask for each class in the photo, by ascending id, without the background; they do not overlap. */
function maskClasses(
  found: ClassesFound,
  placement: Placement,
  { output }: Pick<SemanticManifest, 'output'>,
  photo: Size,
): ParsedMask[] {
  const size = found.what === 'values' ? found.values : found.map;
  const axes = {
    x: createKnotAxis(placement.x, size.width, output),
    y: createKnotAxis(placement.y, size.height, output),
  };
  if (found.what === 'labels') {
    return labelByMap(found.map, axes, photo).map((part) => ({ ...part, score: 1, personId: 1 }));
  }
  const scores = scoreClasses(found.values, axes, output.values === 'probabilities');
  return labelByValues(found.values, axes, photo).map((part) => ({
    ...part,
    score: scores[part.classId] ?? 0,
    personId: 1,
  }));
}
