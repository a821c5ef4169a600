/**
 * The tokens of the pixel decoder's encoder: the cells of three maps, finest first, so that they fill a grid as wide as
 * the finest map from its top. The rest of the last row is surplus cells, which pass through all layers as tokens that
 * are never read. With the tokens as a grid, deformable attention is a deformable convolution: see
 * `deformable-attention.ts`.
 */
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { indices, type MapSize, mapSize, reshape, shapeOf, toFloat } from './feature-map.ts';

export interface TokenGrid {
  /** int64 [1]; the grid has rows * columns cells, N. */
  readonly rows: Value;
  readonly columns: Value;
  /** In the order of the maps given. */
  readonly levels: readonly GridLevel[];
  /** From the tokens of each level [count, features], in the order of the levels, to the whole grid's [N, features]. */
  join(tokens: readonly Value[]): Value;
}

export interface GridLevel {
  readonly size: MapSize;
  /** Its tokens are `start .. end - 1`; int64 [1]. */
  readonly start: Value;
  readonly end: Value;
  /**
   * [2, N], y then x, in pixels: from each token's cell in the grid to the token's place on this level's map. Added to
   * a learned offset it is an offset of a deformable convolution.
   */
  readonly base: Value;
  /** Zeros to add at the bottom and right of its map, so that a 2x2 window has exactly the grid's cells as places. */
  readonly padding: Value;
}

/** `maps` are [1, channels, h, w], the coarsest first. */
export function createTokenGrid(g: GraphBuilder, maps: readonly Value[]): TokenGrid {
  const sizes = maps.map((map) => mapSize(g, map));
  const order = sizes.toReversed();
  const [finest] = order;
  if (finest === undefined) throw new Error('a token grid needs a map');
  const columns = finest.width;
  const count = order.map((size) => size.count).reduce((sum, own) => g.node('Add', [sum, own]));
  const rows = g.node('Div', [g.node('Add', [count, g.node('Sub', [columns, g.ints([1])])]), columns]);
  const cells = g.node('Mul', [rows, columns]);
  const surplus = g.node('Sub', [cells, count]);
  const places = createPlaces(g, order, { height: rows, width: columns, count: cells }, surplus);
  const bounds = createBounds(g, order);
  const one = g.ints([1]);
  return {
    rows,
    columns,
    levels: sizes.map((size, k) => {
      const bound = bounds[sizes.length - 1 - k];
      if (bound === undefined) throw new Error(`level ${k} has no tokens`);
      const bottom = g.node('Sub', [g.node('Add', [rows, one]), size.height]);
      const right = g.node('Sub', [g.node('Add', [columns, one]), size.width]);
      return { size, ...bound, base: places.baseOn(size), padding: shapeOf(g, [0, 0, bottom, right]) };
    }),
    join: (tokens) => padEnd(g, g.node('Concat', tokens.toReversed(), { axis: 0 }), 0, surplus, 0),
  };
}

/** Where each level's tokens begin and end, in the order of the tokens. */
function createBounds(g: GraphBuilder, order: readonly MapSize[]): { start: Value; end: Value }[] {
  let start = g.ints([0]);
  return order.map(({ count }) => {
    const bound = { start, end: g.node('Add', [start, count]) };
    start = bound.end;
    return bound;
  });
}

/** The places of all tokens: the center of each one's cell, on its own level and in the grid. */
function createPlaces(
  g: GraphBuilder,
  order: readonly MapSize[],
  grid: MapSize,
  surplus: Value,
): { baseOn(size: MapSize): Value } {
  const own = order.map((size) => cellCentres(g, size));
  const ownSizes = order.map((size) => g.node('Expand', [sidesOf(g, size), shapeOf(g, [2, size.count])]));
  const centers = padEnd(g, g.node('Concat', own, { axis: 1 }), 1, surplus, 0);
  const sides = padEnd(g, g.node('Concat', ownSizes, { axis: 1 }), 1, surplus, 1);
  const inGrid = cellCentres(g, grid);
  return {
    // The product is exact in float32, and so is the quotient on the token's own level.
    baseOn: (size) =>
      g.node('Sub', [g.node('Div', [g.node('Mul', [centers, sidesOf(g, size)]), sides]), inGrid], {}, { name: 'base' }),
  };
}

/** [2, height * width]: (i + 0.5, j + 0.5) of each cell, row by row. */
function cellCentres(g: GraphBuilder, { height, width }: MapSize): Value {
  const shape = shapeOf(g, [1, height, width]);
  const sides = [height, width].map((count, axis) => {
    const centers = g.node('Add', [indices(g, count), g.scalar(0.5)]);
    return g.node('Expand', [reshape(g, centers, axis === 0 ? [1, -1, 1] : [1, 1, -1]), shape]);
  });
  return reshape(g, g.node('Concat', sides, { axis: 0 }), [2, -1]);
}

/** (height, width) as float32 [2, 1]. */
function sidesOf(g: GraphBuilder, { height, width }: MapSize): Value {
  return reshape(g, toFloat(g, shapeOf(g, [height, width])), [2, 1]);
}

function padEnd(g: GraphBuilder, x: Value, axis: number, count: Value, value: number): Value {
  return g.node('Pad', [x, shapeOf(g, [0, count]), g.scalar(value), g.ints([axis])]);
}
