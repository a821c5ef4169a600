/** The canvases that try-on tools read, one byte per pixel, from a label map of any known label set. */
import type { Garment } from '@m2fp/contract';
import { atrClasses, classMeanings, lipClasses, type LabelSet, type Repainted, type Rule } from './class-maps.ts';
import { vocColor, type Palette } from '../palettes.ts';
import { translate, type LabelMap } from './translate.ts';

export const lipPalette: Palette = lipClasses.map((_, id) => vocColor(id));
export const atrPalette: Palette = atrClasses.map((_, id) => vocColor(id));

/** The label map in the ids of LIP or ATR. */
export function translateLabelMap(map: LabelMap, set: LabelSet, to: 'lip' | 'atr'): Uint8Array {
  const rules = [...classMeanings(set)].map(([id, meaning]) => [id, meaning[to]] as const);
  return translate(map, new Map(rules));
}

const face = atrClasses.indexOf('Face');
/** Stands for the face until the necks are found. */
const faceMark = 1;

/**
 * 255 where a try-on model paints anew, 0 elsewhere: for `upper`, clothes of the upper body, dresses, coats, arms and
 * the skin of the trunk, but not the neck; for `lower`, trousers, skirts and legs; for `dresses`, both.
 */
export function agnosticMask(map: LabelMap, set: LabelSet, garment: Garment): Uint8Array {
  const rules = [...classMeanings(set)].map(([id, { atr, repainted }]) => {
    const rule = ruleOf(repainted, garment);
    return [id, rule === 0 && atr === face ? faceMark : rule] as const;
  });
  const mask = translate(map, new Map(rules));
  for (let i = 0; i < mask.length; i++) if (mask[i] === faceMark) mask[i] = 0;
  return mask;
}

function ruleOf(repainted: Repainted, garment: Garment): Rule {
  if (repainted === 'kept') return 0;
  if (repainted === 'lower') return garment === 'upper' ? 0 : 255;
  if (garment === 'lower') return 0;
  return repainted === 'upper' ? 255 : { touches: [{ [faceMark]: 0 }], otherwise: 255 };
}
