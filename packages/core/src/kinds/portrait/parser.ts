import type { ParseOptions } from '@m2fp/contract';
import type { Photo } from '../../image/photo.ts';
import type { Bundle } from '../../model/manifest.ts';
import { loadGraph } from '../../model/load-graph.ts';
import type { SessionSettings } from '../../model/session.ts';
import { createStopwatch } from '../../parsing/stopwatch.ts';
import type { ParsedMask, ParseHooks, Parser, Parsing } from '../../parsing/types.ts';
import { createDetector } from './detection/detector.ts';
import type { Face } from './detection/faces.ts';
import { createHeadReader } from './head-reader.ts';
import { createPartRules } from './head/part-rules.ts';
import { createSegmenter } from './head/segmenter.ts';
import { createViewPlan } from './head/view-plan.ts';
import type { PlacedHead } from './people/claim.ts';
import type { PortraitManifest } from './manifest.ts';
import { pasteHeads, type PastedMask } from './people/paste.ts';
import { settleNeighbors } from './people/settle.ts';
import { createPyramid } from './sampling/pyramid.ts';

/** If there are more faces, the best ones are kept: a crowd must not take minutes. `instances.png` can hold 255. */
const maxFaces = 64;
/** Views of all heads in a photo together, which bounds the time for a crowd, and of each single head. */
const viewBudget = { photo: 64, maxPerHead: 8, minPerHead: 2 };

/** Loads both networks of a portrait bundle. Throws `model_unavailable`. */
export async function loadPortrait(bundle: Bundle<PortraitManifest>, settings: SessionSettings): Promise<Parser> {
  const { manifest } = bundle;
  const classes = manifest.labels.length;
  const detectorSession = await loadGraph(bundle, manifest.detector.graph, settings);
  const segmenterSession = await loadGraph(bundle, manifest.graph, settings);
  const detector = createDetector(detectorSession, manifest.detector);
  const segmenter = createSegmenter(segmenterSession, { ...manifest.segmenter, classes });
  const reader = createHeadReader(segmenter, createViewPlan(manifest.segmenter), createPartRules(manifest.labels));

  const parse = async (
    photo: Photo,
    options: ParseOptions,
    { onStep, begin, onNetworkDone }: ParseHooks = {},
  ): Promise<Parsing> => {
    const watch = createStopwatch();
    const image = await watch.time('decode', () => photo.rgb());
    await begin?.();
    const pyramid = createPyramid(image);
    const found = await watch.time('detect', () => detector.detect(pyramid));
    const faces = found.slice(0, maxFaces).sort(fromTheLeft);
    const heads: PlacedHead[] = [];
    const tell = (): void => onStep?.({ stage: 'detected', done: heads.length, total: faces.length });
    tell();
    await watch.time('segment', async () => {
      for (const face of faces) {
        heads.push(await reader.read(pyramid, face, faces, viewsOfHead(faces.length)));
        tell();
      }
    });
    await onNetworkDone?.();
    const pasted = await watch.time('postprocess', () => {
      settleNeighbors(heads);
      return pasteHeads(heads, photo);
    });
    const { masks, people } = numberPeople(pasted, options.score_threshold);
    return { width: photo.width, height: photo.height, scale: 1, masks, people, timings: watch.timings() };
  };
  const close = async (): Promise<void> => {
    await detectorSession.close();
    await segmenterSession.close();
  };
  return { parse, close };
}

/** People are numbered from left to right by the middles of their faces; if these are equal, from top to bottom. */
function fromTheLeft(a: Face, b: Face): number {
  return a.center.x - b.center.x || a.center.y - b.center.y;
}

function viewsOfHead(heads: number): number {
  const { photo, maxPerHead, minPerHead } = viewBudget;
  return Math.min(Math.max(Math.floor(photo / heads), minPerHead), maxPerHead);
}

/** Drops the parts whose score is not above the threshold; a head with no part left is not a person. */
function numberPeople(pasted: readonly PastedMask[], scoreThreshold: number): { masks: ParsedMask[]; people: number } {
  const kept = pasted.filter(({ score }) => score > scoreThreshold);
  const ids = new Map([...new Set(kept.map(({ head }) => head))].map((head, i) => [head, i + 1]));
  const masks = kept.map(({ head, classId, score, mask }) => ({ classId, score, mask, personId: ids.get(head) ?? 0 }));
  return { masks, people: ids.size };
}
