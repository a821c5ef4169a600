import type { ParseOptions } from '@m2fp/contract';
import type { Photo } from '../../image/photo.ts';
import type { Bundle } from '../../model/manifest.ts';
import type { SessionSettings } from '../../model/session.ts';
import { interleavedPixels } from '../../parsing/network/input-tensor.ts';
import { loadM2fpNetwork } from '../../parsing/network/m2fp-network.ts';
import { createStopwatch } from '../../parsing/stopwatch.ts';
import type { Parser, Parsing } from '../../parsing/types.ts';
import { fitBox } from './fit-box.ts';
import type { M2fpSingleManifest } from './manifest.ts';
import { postProcessPerson } from './post-process.ts';

/**
 * The parser of M2FP bundles for one person. The photo always fills the bundle's box: `short_side`, `max_side` and
 * `top_k` mean nothing here. Throws `model_unavailable` where the graph cannot be loaded.
 */
export async function loadM2fpSingle(bundle: Bundle<M2fpSingleManifest>, settings: SessionSettings): Promise<Parser> {
  const network = await loadM2fpNetwork(bundle, settings);
  const { input: box, resizeBeforeSum } = bundle.manifest;

  async function parse(photo: Photo, options: ParseOptions): Promise<Parsing> {
    const stopwatch = createStopwatch();
    const { width, height } = photo;
    const { cut, scale } = fitBox(photo, box);
    const image = await stopwatch.time('decode', () => photo.resized(cut.x1 - cut.x0, cut.y1 - cut.y0));
    network.input.clear(box);
    network.input.fill({ x0: 0, y0: 0, x1: box.width, y1: box.height }, box.fill);
    network.input.draw(interleavedPixels(image), cut.x0, cut.y0);
    const output = await stopwatch.time('network', () => network.run());
    const steps = { logits: output.maskSize, padded: network.input.padded, cut, photo: { width, height } };
    const found = await stopwatch.time('postprocess', () =>
      postProcessPerson(output, steps, { resizeBeforeSum, scoreThreshold: options.score_threshold }),
    );
    return { width, height, scale, ...found, timings: stopwatch.timings() };
  }

  return { parse, close: () => network.close() };
}
