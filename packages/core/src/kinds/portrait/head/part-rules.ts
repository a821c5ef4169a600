/**
 * What the parts of a head are like: where they can be and how small. Lengths are in face widths and areas in their
 * squares, measured on photos; they only have to distinguish a part from a speck, and a nose from a second one.
 */
import type { Label } from '../../../model/manifest.ts';

/** The portrait kind's first class is the background. */
export const background = 0;

export type Landmark = 'rightEye' | 'leftEye' | 'nose' | 'mouth' | 'middle';

export interface PartRule {
  /** Smaller regions are specks. */
  readonly smallestArea: number;
  /** Smaller regions than this share of the class's largest one are specks too. */
  readonly smallestShare?: number;
  /** Some of a region has to be this near to the middle of the face. */
  readonly within?: number;
  /** There is only one, with its middle this near to a landmark. */
  readonly single?: { readonly at: Landmark; readonly within: number };
  /** Lies inside the outline of a face. */
  readonly ofFace?: boolean;
  /** May lie apart from the rest of the head, as behind a hand or a strap, and continue far from it. */
  readonly isLoose?: boolean;
}

const feature = (at: Landmark, within: number): PartRule => ({
  smallestArea: 0.0008,
  single: { at, within },
  ofFace: true,
});
const ear: PartRule = { smallestArea: 0.002, single: { at: 'middle', within: 0.9 } };
const other: PartRule = { smallestArea: 0.012 };

/** By CelebAMask-HQ's names. */
const rules: Readonly<Record<string, PartRule>> = {
  background: { smallestArea: 0.012 },
  skin: { smallestArea: 0.012, within: 0.35, ofFace: true },
  l_brow: feature('leftEye', 0.45),
  r_brow: feature('rightEye', 0.45),
  l_eye: feature('leftEye', 0.3),
  r_eye: feature('rightEye', 0.3),
  eye_g: { smallestArea: 0.004, within: 0.5, ofFace: true },
  l_ear: ear,
  r_ear: ear,
  ear_r: { smallestArea: 0.0006, within: 1.1, isLoose: true },
  nose: feature('nose', 0.35),
  mouth: feature('mouth', 0.4),
  u_lip: feature('mouth', 0.4),
  l_lip: feature('mouth', 0.4),
  neck: { smallestArea: 0.012, smallestShare: 0.35, within: 1.1 },
  neck_l: { smallestArea: 0.001, within: 1.6 },
  cloth: { smallestArea: 0.03, smallestShare: 0.1 },
  hair: { smallestArea: 0.004, smallestShare: 0.1, isLoose: true },
  hat: { smallestArea: 0.05, isLoose: true },
};

/** One rule per class, in the order of the network's channels. */
export function createPartRules(labels: readonly Label[]): PartRule[] {
  return labels.map(({ name }) => rules[name] ?? other);
}
