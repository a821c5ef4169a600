/**
 * The sizes of a network that its tensors show: all but heads of the decoder, strides and dilations, which change what
 * the network computes and not what it consists of.
 */
import type { Shape, TensorSource } from '../checkpoint/tensor-source.ts';
import { type Architecture, blockCounts, type Depth, levels, samplingPoints } from './architecture.ts';

/** Undefined where the tensors that would show it are missing. */
export interface VisibleSizes {
  readonly backbone: {
    readonly stem: Architecture['backbone']['stem'] | undefined;
    readonly depth: Depth | undefined;
    readonly stemWidth: number | undefined;
    readonly res2Width: number | undefined;
    readonly groups: number | undefined;
    readonly widthPerGroup: number | undefined;
  };
  readonly pixelDecoder: { readonly [K in keyof Architecture['pixelDecoder']]: number | undefined };
  readonly decoder: {
    readonly [K in 'width' | 'layers' | 'feedForwardWidth' | 'queries' | 'classes']: number | undefined;
  } & {
    readonly projectsInput: boolean | undefined;
  };
}

const pixelDecoder = 'sem_seg_head.pixel_decoder';
const predictor = 'sem_seg_head.predictor';

export function visibleSizes(source: TensorSource): VisibleSizes {
  const size = (name: string, axis: number): number | undefined => source.shape(name)?.[axis];
  const layersOf = (path: string): number | undefined => countParts(source.names(), path) || undefined;
  const encoder = `${pixelDecoder}.transformer.encoder.layers`;
  const offsets = size(`${encoder}.0.self_attn.sampling_offsets.bias`, 0);
  const classes = size(`${predictor}.class_embed.weight`, 0);
  const queries = source.shape(`${predictor}.query_feat.weight`);
  return {
    backbone: visibleBackbone(source),
    pixelDecoder: {
      width: size(`${pixelDecoder}.transformer.level_embed`, 1),
      // An offset has two coordinates.
      heads: offsets === undefined ? undefined : offsets / (levels.length * samplingPoints * 2),
      layers: layersOf(encoder),
      feedForwardWidth: size(`${encoder}.0.linear1.weight`, 0),
      maskWidth: size(`${pixelDecoder}.mask_features.weight`, 0),
    },
    decoder: {
      width: queries?.[1],
      layers: layersOf(`${predictor}.transformer_ffn_layers`),
      feedForwardWidth: size(`${predictor}.transformer_ffn_layers.0.linear1.weight`, 0),
      queries: queries?.[0],
      // The last output is 'no object'.
      classes: classes === undefined ? undefined : classes - 1,
      projectsInput: queries && source.shape(`${predictor}.input_proj.0.weight`) !== undefined,
    },
  };
}

function visibleBackbone(source: TensorSource): VisibleSizes['backbone'] {
  const shapeOf = (name: string): Shape | undefined => source.shape(`backbone.${name}.weight`);
  const [first, last] = [shapeOf('stem.conv1'), shapeOf('stem.conv3')];
  const [bottleneck, inGroup] = [shapeOf('res2.0.conv2')?.[0], shapeOf('res2.0.conv2')?.[1]];
  const groups = bottleneck === undefined || !inGroup ? undefined : bottleneck / inGroup;
  const blocks = [2, 3, 4, 5].map((stage) => countParts(source.names(), `backbone.res${stage}`));
  const depths: Depth[] = [50, 101, 152];
  return {
    stem: first === undefined ? undefined : last === undefined ? 'basic' : 'deeplab',
    depth: depths.find((depth) => blockCounts[depth].join() === blocks.join()),
    stemWidth: (last ?? first)?.[0],
    res2Width: shapeOf('res2.0.conv3')?.[0],
    groups,
    widthPerGroup: groups === undefined || bottleneck === undefined ? undefined : bottleneck / groups,
  };
}

/** How many numbered parts there are below a path: one more than the highest number. */
function countParts(names: readonly string[], path: string): number {
  return names.reduce((count, name) => {
    if (!name.startsWith(`${path}.`)) return count;
    const part = /^\d{1,6}(?=\.)/.exec(name.slice(path.length + 1))?.[0];
    return part === undefined ? count : Math.max(count, Number(part) + 1);
  }, 0);
}
