import type { ParseOptions } from '@m2fp/contract';
import type { Photo } from '../../image/photo.ts';
import { shortSideSize } from '../../image/resize.ts';
import type { Bundle } from '../../model/manifest.ts';
import type { SessionSettings } from '../../model/session.ts';
import { interleavedPixels } from '../../parsing/network/input-tensor.ts';
import { loadM2fpNetwork } from '../../parsing/network/m2fp-network.ts';
import { loadMaskUpsampler } from '../../parsing/resize/mask-upsampler.ts';
import { createStopwatch } from '../../parsing/stopwatch.ts';
import type { ParseHooks, Parser, Parsing } from '../../parsing/types.ts';
import type { M2fpManifest } from './manifest.ts';
import { postProcessPeople } from './post-process.ts';

/** The parser for M2FP bundles for many people. Throws `model_unavailable` if they cannot be loaded. */
export async function loadM2fp(bundle: Bundle<M2fpManifest>, settings: SessionSettings): Promise<Parser> {
  loadMaskUpsampler();
  const network = await loadM2fpNetwork(bundle, settings);

  async function parse(
    photo: Photo,
    options: ParseOptions,
    { onStep, begin, onNetworkDone }: ParseHooks = {},
  ): Promise<Parsing> {
    const stopwatch = createStopwatch();
    const { width, height } = photo;
    const target = shortSideSize(photo, options.short_side, options.max_side);
    const image = await stopwatch.time('decode', () => photo.resized(target.width, target.height));
    await begin?.();
    network.input.clear(target);
    network.input.draw(interleavedPixels(image));
    onStep?.({ stage: 'decoded' });
    const output = await stopwatch.time('network', () => network.run());
    await onNetworkDone?.();
    const cut = { x0: 0, y0: 0, x1: target.width, y1: target.height };
    const steps = { logits: output.maskSize, padded: network.input.padded, cut, photo: { width, height } };
    const found = await stopwatch.time('postprocess', () =>
      postProcessPeople(output, steps, {
        personClassId: bundle.manifest.personClassId,
        scoreThreshold: options.score_threshold,
        topK: options.top_k,
      }),
    );
    return { width, height, scale: target.scale, ...found, timings: stopwatch.timings() };
  }

  return { parse, close: () => network.close() };
}
