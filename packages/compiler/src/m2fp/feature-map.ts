/** Sizes are known only when an image arrives: they are read from maps, once per image, and passed on as values. */
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';

/** Height and width of a map; each an int64 tensor of shape [1]. */
export interface MapSize {
  readonly height: Value;
  readonly width: Value;
  /** height * width */
  readonly count: Value;
}

export interface PixelFeatures {
  /** Levels 5, 4 and 3, as the decoder goes through them. */
  readonly levels: readonly FeatureLevel[];
  /**
   * [1, width, height / 4, width / 4] in parts of its channels: the mask features before the convolution
   * `mask_features`, which the mask embedding has folded in: see `prediction-heads.ts`.
   */
  readonly finest: readonly Value[];
}

export interface FeatureLevel {
  readonly size: MapSize;
  /** [size.count, width] */
  readonly tokens: Value;
}

/** Of a map [1, channels, height, width]. */
export function mapSize(g: GraphBuilder, map: Value): MapSize {
  const height = g.node('Shape', [map], { start: 2, end: 3 });
  const width = g.node('Shape', [map], { start: 3, end: 4 });
  return { height, width, count: g.node('Mul', [height, width]) };
}

/** A 1-D int64 tensor of fixed sizes and of values of shape [1]. */
export function shapeOf(g: GraphBuilder, parts: readonly (number | Value)[]): Value {
  const values = parts.map((part) => (typeof part === 'number' ? g.ints([part]) : part));
  return values.length === 1 && values[0] ? values[0] : g.node('Concat', values, { axis: 0 });
}

/** No copy: onnxruntime's Reshape shares the memory. -1 is inferred. */
export function reshape(g: GraphBuilder, value: Value, shape: readonly (number | Value)[]): Value {
  const fixed = shape.filter((size) => typeof size === 'number');
  return g.node('Reshape', [value, fixed.length === shape.length ? g.ints(fixed) : shapeOf(g, shape)]);
}

/** [1, channels, h, w] to the given size; bilinear, `align_corners` false, no antialias. */
export function resizeMap(g: GraphBuilder, map: Value, { height, width }: MapSize, name: string): Value {
  return g.node(
    'Resize',
    [map, undefined, undefined, shapeOf(g, [height, width])],
    { mode: 'linear', coordinate_transformation_mode: 'half_pixel', axes: [2, 3] },
    { name },
  );
}

/** 0, 1, ... count - 1 as float32 [count]; `count` is int64 [1]. */
export function indices(g: GraphBuilder, count: Value): Value {
  return g.node('Range', [g.scalar(0), g.node('Squeeze', [toFloat(g, count)]), g.scalar(1)]);
}

export function toFloat(g: GraphBuilder, value: Value): Value {
  return g.node('Cast', [value], { to: 1 });
}
