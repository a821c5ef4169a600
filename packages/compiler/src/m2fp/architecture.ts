/**
 * The sizes that an M2FP network is built from. M2FP ("Deep Learning Technique for Human Parsing: A Survey and
 * Outlook", arXiv 2301.00394) is Mask2Former (arXiv 2112.01527) with a ResNet, which
 * has a DeepLab stem in all published checkpoints.
 */
export interface Architecture {
  readonly backbone: BackboneArchitecture;
  readonly pixelDecoder: PixelDecoderArchitecture;
  readonly decoder: DecoderArchitecture;
}

export type Depth = 50 | 101 | 152;

export interface BackboneArchitecture {
  readonly depth: Depth;
  /** DeepLab's three 3x3 convolutions, or the plain ResNet's one of 7x7. */
  readonly stem: 'deeplab' | 'basic';
  /** Channels of the stem's last convolution; DeepLab's first two have half as many. */
  readonly stemWidth: number;
  /** Channels of stage res2's output; doubled with each later stage. */
  readonly res2Width: number;
  readonly groups: number;
  /** The bottleneck of res2 has `groups * widthPerGroup` channels; doubled with each later stage. */
  readonly widthPerGroup: number;
  /** A stage's stride is in its first 1x1 convolution, else in the 3x3 one. */
  readonly strideIn1x1: boolean;
  readonly res4Dilation: number;
  readonly res5Dilation: number;
  /** A factor by which `res5Dilation` is multiplied, for each of res5's three blocks. */
  readonly res5MultiGrid: readonly [number, number, number];
}

export interface PixelDecoderArchitecture {
  /** Channels of the multi-scale features, d. */
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly feedForwardWidth: number;
  /** Channels of the mask features, and of the mask embedding that is multiplied with them. */
  readonly maskWidth: number;
}

export interface DecoderArchitecture {
  /** Channels of a query's state, c. */
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly feedForwardWidth: number;
  readonly queries: number;
  /** Without 'no object'. */
  readonly classes: number;
  /** The multi-scale features pass a 1x1 convolution first: if the widths differ, or if the configuration says so. */
  readonly projectsInput: boolean;
}

/**
 * Levels of the multi-scale features from low to high resolution (res5, res4, res3), as the checkpoint numbers them.
 */
export const levels = [0, 1, 2] as const;

/** Sampling points per head, query and level; no configuration key changes it. */
export const samplingPoints = 4;

/** Blocks of res2 to res5. */
export const blockCounts: Readonly<Record<Depth, readonly [number, number, number, number]>> = {
  50: [3, 4, 6, 3],
  101: [3, 4, 23, 3],
  152: [3, 8, 36, 3],
};

/** Channels of stage output `res2` to `res5`. */
export function stageWidth(backbone: BackboneArchitecture, stage: 2 | 3 | 4 | 5): number {
  return backbone.res2Width * 2 ** (stage - 2);
}
