/**
 * Whether a view can be believed. Views far from the face at times take stairs or a curtain for hair; they then do so
 * too where better views have seen that there is background.
 *
 * `!` only in the loops over cells, inside bounds that the loops themselves set.
 */
import { sampleAxes } from './axis-samples.ts';
import type { HeadCanvas } from './head-canvas.ts';
import { middleOf } from './head-grid.ts';
import { likeliestAt } from './likeliest.ts';
import { background, type PartRule } from './part-rules.ts';
import type { ClassMap } from './segmenter.ts';
import type { View } from './view-plan.ts';

/** Every third cell along each axis is compared, where earlier views reach deep enough and the new one ends not yet. */
const compared = { stride: 3, depth: 0.3, offsets: 0.9 };

/**
 * Share of what the view takes for hair that the canvas takes for background, over the head's own cells.
 * 0 where they have nothing in common.
 */
export function hairInDoubt(
  { grid, classes, sums, depths }: HeadCanvas,
  map: ClassMap,
  view: View,
  rules: readonly PartRule[],
  isOwn: (x: number, y: number) => boolean,
): number {
  const { across, down } = sampleAxes(grid, view, map.size);
  let hair = 0;
  let doubtful = 0;
  for (let i = down.first; i < down.end; i += compared.stride) {
    for (let j = across.first; j < across.end; j += compared.stride) {
      const cell = i * grid.columns + j;
      if (depths[cell]! < compared.depth || across.offset[j]! + down.offset[i]! > compared.offsets) continue;
      const seen = likeliestAt(map.data, (down.index[i]! * map.size + across.index[j]!) * classes, classes);
      if (!rules[seen]!.isLoose) continue;
      const known = likeliestAt(sums, cell * classes, classes);
      if (known !== background && !rules[known]!.isLoose) continue;
      const { x, y } = middleOf(grid, cell);
      if (!isOwn(x, y)) continue;
      hair++;
      if (known === background) doubtful++;
    }
  }
  return hair === 0 ? 0 : doubtful / hair;
}
