import type { ParseOptions } from '@m2fp/contract';
import type { Photo } from '../../image/photo.ts';
import type { Bundle } from '../../model/manifest.ts';
import type { SessionSettings } from '../../model/session.ts';
import { interleavedPixels } from '../../parsing/network/input-tensor.ts';
import { loadM2fpNetwork } from '../../parsing/network/m2fp-network.ts';
import type { Box, Size } from '../../parsing/resize/resize-steps.ts';
import { createStopwatch } from '../../parsing/stopwatch.ts';
import type { ParseHooks, Parser, Parsing } from '../../parsing/types.ts';
import type { M2fpSingleManifest } from './manifest.ts';
import { postProcessPerson } from './post-process.ts';

/**
 * The parser for M2FP bundles for one person. The photo always fills the bundle's box: `short_side`, `max_side` and
 * `top_k` have no effect. Throws `model_unavailable` if the graph cannot be loaded.
 */
export async function loadM2fpSingle(bundle: Bundle<M2fpSingleManifest>, settings: SessionSettings): Promise<Parser> {
  const network = await loadM2fpNetwork(bundle, settings);
  const { input: box, resizeBeforeSum } = bundle.manifest;

  async function parse(
    photo: Photo,
    options: ParseOptions,
    { onStep, begin, onNetworkDone }: ParseHooks = {},
  ): Promise<Parsing> {
    const stopwatch = createStopwatch();
    const { width, height } = photo;
    const { cut, scale } = fitBox(photo, box);
    const image = await stopwatch.time('decode', () => photo.resized(cut.x1 - cut.x0, cut.y1 - cut.y0));
    await begin?.();
    network.input.clear(box);
    network.input.fill({ x0: 0, y0: 0, x1: box.width, y1: box.height }, box.fill);
    network.input.draw(interleavedPixels(image), cut.x0, cut.y0);
    onStep?.({ stage: 'decoded' });
    const output = await stopwatch.time('network', () => network.run());
    await onNetworkDone?.();
    const steps = { logits: output.maskSize, padded: network.input.padded, cut, photo: { width, height } };
    const found = await stopwatch.time('postprocess', () =>
      postProcessPerson(output, steps, { resizeBeforeSum, scoreThreshold: options.score_threshold }),
    );
    return { width, height, scale, ...found, timings: stopwatch.timings() };
  }

  return { parse, close: () => network.close() };
}

/** Where a photo goes in the network's box. */
interface Fit {
  /** The photo's resized size and place, px of the box. The reference calls it `crop_box`. */
  readonly cut: Box;
  /** resized / original; 1 if the photo is not larger than the box. */
  readonly scale: number;
}

/**
 * Fits a photo into a box as the reference does: the aspect ratio is kept, nothing is enlarged, sizes and offsets are
 * truncated, and the rest of the box is split equally between both sides. No side is less than 1 px.
 */
export function fitBox(photo: Size, box: Size): Fit {
  const { width, height } = fitSize(photo, box);
  const x0 = Math.floor((box.width - width) / 2);
  const y0 = Math.floor((box.height - height) / 2);
  return {
    cut: { x0, y0, x1: x0 + width, y1: y0 + height },
    scale: Math.min(1, box.width / photo.width, box.height / photo.height),
  };
}

/** Integers are divided only once, at the end: the side that fills the box equals the box's to the pixel. */
function fitSize(photo: Size, box: Size): Size {
  if (photo.width <= box.width && photo.height <= box.height) return photo;
  if (box.width * photo.height <= box.height * photo.width) {
    return { width: box.width, height: Math.max(1, Math.floor((box.width * photo.height) / photo.width)) };
  }
  return { width: Math.max(1, Math.floor((box.height * photo.width) / photo.height)), height: box.height };
}
