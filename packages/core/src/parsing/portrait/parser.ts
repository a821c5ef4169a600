import type { ParseOptions } from '../../contract/index.ts';
import type { Photo } from '../../image/photo.ts';
import type { Bundle } from '../../model/bundle.ts';
import type { PortraitManifest } from '../../model/manifest.ts';
import { createSession } from '../../model/session.ts';
import { createStopwatch } from '../stopwatch.ts';
import type { ParsedMask, Parsing, PhotoParser } from '../types.ts';
import { createDetector } from './detector.ts';
import type { Face } from './face.ts';
import { createHeadReader } from './head-reader.ts';
import { pasteHeads, type PastedMask, type PlacedHead } from './paste.ts';
import { createPyramid } from './pyramid.ts';
import { createPartRules } from './part-rules.ts';
import { createSegmenter } from './segmenter.ts';
import { settleNeighbours } from './settle-neighbours.ts';
import { createViewPlan } from './views.ts';

/** Loads both networks of a portrait bundle. Throws `model_unavailable`. */
export async function createPortraitParser(
  bundle: Bundle<PortraitManifest>,
  { threads }: { threads: number },
): Promise<PhotoParser & { close(): Promise<void> }> {
  const { manifest } = bundle;
  const classes = manifest.labels.length;
  const sessions = {
    detector: await createSession(bundle.path(manifest.detector.graph), { threads }),
    segmenter: await createSession(bundle.path(manifest.graph), { threads }),
  };
  const detector = createDetector(sessions.detector, manifest.detector);
  const segmenter = createSegmenter(sessions.segmenter, { size: manifest.segmenter.size, classes });
  const reader = createHeadReader(segmenter, createViewPlan(manifest.segmenter), createPartRules(manifest.labels));
  const parse = async (photo: Photo, options: ParseOptions): Promise<Parsing> => {
    const watch = createStopwatch();
    const pyramid = createPyramid(await watch.time('decode', () => photo.rgb()));
    const faces = (await watch.time('detect', () => detector.detect(pyramid))).sort(fromTheLeft);
    const heads = await watch.time('segment', async () => {
      const placed: PlacedHead[] = [];
      for (const face of faces) placed.push(await reader.read(pyramid, face, faces));
      settleNeighbours(placed);
      return placed;
    });
    const pasted = await watch.time('postprocess', () => pasteHeads(heads, photo));
    const { masks, people } = numberPeople(pasted, options.score_threshold);
    return { width: photo.width, height: photo.height, scale: 1, masks, people, timings: watch.timings() };
  };
  return {
    parse,
    close: async () => {
      await sessions.detector.close();
      await sessions.segmenter.close();
    },
  };
}

/** People are numbered from left to right by the middles of their faces; the upper one first where these are equal. */
function fromTheLeft(a: Face, b: Face): number {
  return a.center.x - b.center.x || a.center.y - b.center.y;
}

/** A head of which no part is above the threshold is nobody. */
function numberPeople(pasted: readonly PastedMask[], scoreThreshold: number): { masks: ParsedMask[]; people: number } {
  const kept = pasted.filter(({ score }) => score > scoreThreshold);
  const ids = new Map([...new Set(kept.map(({ head }) => head))].map((head, i) => [head, i + 1]));
  const masks = kept.map(({ head, classId, score, mask }) => ({ classId, score, mask, personId: ids.get(head) ?? 0 }));
  return { masks, people: ids.size };
}
