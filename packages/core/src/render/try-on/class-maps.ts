/**
 * What a class means to try-on tools, by its name: the class of LIP, the class of ATR, and whether it is painted anew.
 * docs/class-maps.md is made from this table, for the label sets that are known.
 *
 * The tools tell what the ids are to mean: ATR's face includes the neck, LIP's does not (IDM-VTON and OOTDiffusion take
 * ATR's face less LIP's face for the neck), and LIP has no class for the skin of the trunk.
 */
import { plainName } from '@m2fp/contract';
import type { Label } from '../../model/manifest.ts';

/** LIP's classes by id. Source: "Look into Person", arXiv 1703.05446, and the authors' list of labels. */
export const lipClasses = [
  ...['Background', 'Hat', 'Hair', 'Glove', 'Sunglasses', 'Upper-clothes', 'Dress', 'Coat', 'Socks', 'Pants'],
  ...['Jumpsuits', 'Scarf', 'Skirt', 'Face', 'Left-arm', 'Right-arm', 'Left-leg', 'Right-leg', 'Left-shoe'],
  'Right-shoe',
] as const;

/** ATR's classes by id. Source: "Deep Human Parsing with Active Template Regression", arXiv 1503.02391. */
export const atrClasses = [
  ...['Background', 'Hat', 'Hair', 'Sunglasses', 'Upper-clothes', 'Skirt', 'Pants', 'Dress', 'Belt', 'Left-shoe'],
  ...['Right-shoe', 'Face', 'Left-leg', 'Right-leg', 'Left-arm', 'Right-arm', 'Bag', 'Scarf'],
] as const;

/** The id that a class gets: always the same, or decided for each connected region of it. */
export type Rule = number | TouchRule | SideRule;

/** By what the region borders on most. */
export interface TouchRule {
  /** From the id of a neighbor to the id that the region gets; each counts if nothing of those before it touches. */
  readonly touches: readonly Readonly<Record<number, number>>[];
  /** If nothing of that touches the region. */
  readonly otherwise: number;
}

/** By the side of the person that the region is on, as if everyone faced the camera. */
export interface SideRule {
  readonly left: number;
  readonly right: number;
}

/** Painted anew with the garment for that half of the body; `unless neck`: not the regions that touch the face. */
export type Repainted = 'upper' | 'upper unless neck' | 'lower' | 'kept';

export interface ClassMeaning {
  readonly lip: Rule;
  readonly atr: Rule;
  readonly repainted: Repainted;
}

const toArm: TouchRule = { touches: [{ 14: 14, 15: 15 }], otherwise: 0 };
/** A sock below trousers touches a shoe, but no leg. */
const toAtrLeg: TouchRule = {
  touches: [
    { 12: 12, 13: 13 },
    { 9: 12, 10: 13 },
  ],
  otherwise: 0,
};
const toLipFace: TouchRule = { touches: [{ 13: 13 }], otherwise: 0 };
const toAtrFace: TouchRule = { touches: [{ 11: 11 }], otherwise: 0 };
const toLipGarment: TouchRule = { touches: [{ 5: 5, 6: 6, 7: 7, 9: 9, 10: 10, 12: 12 }], otherwise: 0 };
const arms: SideRule = { left: 14, right: 15 };
const lipLegs: SideRule = { left: 16, right: 17 };
const atrLegs: SideRule = { left: 12, right: 13 };
const lipShoes: SideRule = { left: 18, right: 19 };
const atrShoes: SideRule = { left: 9, right: 10 };

type Row = readonly [names: readonly string[], lip: Rule, atr: Rule, repainted?: Repainted];

const torsoSkin: Row = [['Torso-skin'], 0, toAtrFace, 'upper unless neck'];

/** Several names in a row mean the same. Case, hyphens, underscores and spaces do not matter. */
const rows: readonly Row[] = [
  [['Background', 'Human'], 0, 0],
  [['Hat', 'Cap/Hat', 'Helmet', 'Headwear'], 1, 1],
  [['Hair'], 2, 2],
  [['Glove', 'Gloves'], 3, toArm],
  [['Sunglasses', 'Glasses', 'Eyewear', 'eye_g'], 4, 3],
  [['Upper-clothes', 'Top', 'cloth', 'T-shirt', 'Polo-shirt', 'Sweater', 'Singlet', 'Bikini/bra'], 5, 4, 'upper'],
  [['Other-upper-body-clothes', 'Tie'], 5, 4, 'upper'],
  [['Coat', 'Jacket/Windbreaker/Hoodie'], 7, 4, 'upper'],
  [['Dress', 'Robe', 'Other-full-body-clothes'], 6, 7, 'upper'],
  [['Jumpsuits'], 10, 7, 'upper'],
  [['Pants', 'Shorts/Swim-shorts', 'Other-lower-body-clothes'], 9, 6, 'lower'],
  [['Skirt'], 12, 5, 'lower'],
  [['Socks', 'Stockings'], 8, toAtrLeg],
  [['Scarf'], 11, 17],
  [['Belt'], toLipGarment, 8],
  [['Bag', 'Backpack', 'Carrybag', 'Cases', 'Wallet/Purse'], 0, 16],
  [['Face', 'Head'], 13, 11],
  [['skin', 'l_brow', 'r_brow', 'l_eye', 'r_eye', 'l_ear', 'r_ear', 'nose', 'mouth', 'u_lip', 'l_lip'], 13, 11],
  [['ear_r'], toLipFace, toAtrFace],
  [['neck'], 0, 11],
  [['neck_l'], 0, toAtrFace],
  torsoSkin,
  [['Left-arm'], 14, 14, 'upper'],
  [['Right-arm'], 15, 15, 'upper'],
  [['arms', 'Upper-arm', 'Upper-arms', 'Lower-arm', 'Lower-arms'], arms, arms, 'upper'],
  [['Left-hand'], 14, 14],
  [['Right-hand'], 15, 15],
  [['hands'], arms, arms],
  [['Watch', 'Wristband'], toArm, toArm],
  [['Left-leg'], 16, 12, 'lower'],
  [['Right-leg'], 17, 13, 'lower'],
  [['legs', 'Upper-leg', 'Upper-legs', 'Lower-leg', 'Lower-legs'], lipLegs, atrLegs, 'lower'],
  [['Left-foot'], 16, 12],
  [['Right-foot'], 17, 13],
  [['feet'], lipShoes, atrShoes],
  [['Left-shoe', 'Left-boot', 'Left-highheel', 'Left-sandal'], 18, 9],
  [['Right-shoe', 'Right-boot', 'Right-highheel', 'Right-sandal'], 19, 10],
  [['Protector', 'Other-accessaries', 'jewelry', 'Ball', 'Bats', 'Bottle', 'Umbrella'], 0, 0],
];

const meanings = new Map(rows.flatMap((row) => row[0].map((name) => [plainName(name), meaningOf(row)] as const)));

function meaningOf([, lip, atr, repainted = 'kept']: Row): ClassMeaning {
  return { lip, atr, repainted };
}

/** With its clothes, unless the label set has classes for clothes: then only its skin is left. */
const torsoName = 'torso';
const clothedTorso: ClassMeaning = { lip: 5, atr: 4, repainted: 'upper' };
const unknown: ClassMeaning = { lip: 0, atr: 0, repainted: 'kept' };

/** Whether some row says what the name means. */
export function isKnownClass(name: string): boolean {
  return plainName(name) === torsoName || meanings.has(plainName(name));
}

/** What each class of a label set means, by id; a name that is not known means nothing. */
export function classMeanings({ kind, labels }: LabelSet): ReadonlyMap<number, ClassMeaning> {
  const names = isLipByAnotherName({ kind, labels }) ? lipClasses : undefined;
  const known = labels.map(({ id, name }) => [id, plainName(names?.[id] ?? name)] as const);
  const hasClothes = known.some(([, name]) => meanings.get(name)?.lip === clothedTorso.lip);
  const torso = hasClothes ? meaningOf(torsoSkin) : clothedTorso;
  return new Map(known.map(([id, name]) => [id, name === torsoName ? torso : (meanings.get(name) ?? unknown)]));
}

export interface LabelSet {
  readonly kind: string;
  readonly labels: readonly Pick<Label, 'id' | 'name'>[];
}

/**
 * The published model for one person was trained on LIP, but its configuration has CIHP's names: class 10 is called
 * Torso-skin there and is Jumpsuits.
 */
function isLipByAnotherName({ kind, labels }: LabelSet): boolean {
  if (kind !== 'm2fp-single' || labels.length !== lipClasses.length) return false;
  return labels.every(({ id, name }) => {
    const own = lipClasses[id] ?? '';
    return [own, ...(own === 'Jumpsuits' ? ['Torso-skin'] : [])].map(plainName).includes(plainName(name));
  });
}
