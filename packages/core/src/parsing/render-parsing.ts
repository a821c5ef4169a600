import type { ParseOptions } from '@m2fp/contract';
import type { Label } from '../model/manifest.ts';
import { paintColormap, paintInstances } from '../render/paint.ts';
import { selectMasks, selectPixels, type Selection } from './select.ts';
import type { Parsing } from './types.ts';

/** What the outputs are made of: of parts and people, only what the request chose. */
export interface Rendered {
  readonly parsing: Parsing;
  /** The label map: one class id per pixel. */
  readonly colormap: Uint8Array;
  /** One person id per pixel, 0 = nobody. Painted when it is first asked for. */
  readonly instances: () => Uint8Array;
  readonly highestPersonId: number;
}

/** Paints the canvases, once, and leaves on them and in `parsing` what was chosen. */
export function renderParsing(
  parsing: Parsing,
  labels: readonly Label[],
  { score_step: scoreStep }: Pick<ParseOptions, 'score_step'>,
  selection: Selection | undefined,
): Rendered {
  const colormap = paintColormap(parsing, labels, scoreStep);
  let painted: Uint8Array | undefined;
  const instances = (): Uint8Array => (painted ??= paintInstances(parsing, labels, scoreStep));
  const highestPersonId = parsing.people;
  if (selection === undefined) return { parsing, colormap, instances, highestPersonId };
  selectPixels(colormap, instances(), selection);
  return { parsing: selectMasks(parsing, selection), colormap, instances, highestPersonId };
}
