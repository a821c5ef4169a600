/** The label sets that models for human parsing are published with, by id: what try-on outputs have to know. */
import { atrClasses, lipClasses, type LabelSet } from '../../src/render/try-on/class-maps.ts';

const cihpNames = lipClasses.map((name) => {
  if (name === 'Upper-clothes') return 'UpperClothes';
  return name === 'Jumpsuits' ? 'Torso-skin' : name;
});

const mhpNames = [
  ...['Background', 'Cap/Hat', 'Helmet', 'Face', 'Hair', 'Left-arm', 'Right-arm', 'Left-hand', 'Right-hand'],
  ...['Protector', 'Bikini/bra', 'Jacket/Windbreaker/Hoodie', 'T-shirt', 'Polo-shirt', 'Sweater', 'Singlet'],
  ...['Torso-skin', 'Pants', 'Shorts/Swim-shorts', 'Skirt', 'Stockings', 'Socks', 'Left-boot', 'Right-boot'],
  ...['Left-shoe', 'Right-shoe', 'Left-highheel', 'Right-highheel', 'Left-sandal', 'Right-sandal', 'Left-leg'],
  ...['Right-leg', 'Left-foot', 'Right-foot', 'Coat', 'Dress', 'Robe', 'Jumpsuits', 'Other-full-body-clothes'],
  ...['Headwear', 'Backpack', 'Ball', 'Bats', 'Belt', 'Bottle', 'Carrybag', 'Cases', 'Sunglasses', 'Eyewear'],
  ...['Gloves', 'Scarf', 'Umbrella', 'Wallet/Purse', 'Watch', 'Wristband', 'Tie', 'Other-accessaries'],
  ...['Other-upper-body-clothes', 'Other-lower-body-clothes', 'Human'],
];

const fashnNames = [
  ...['background', 'face', 'hair', 'top', 'dress', 'skirt', 'pants', 'belt', 'bag', 'hat', 'scarf', 'glasses'],
  ...['arms', 'hands', 'legs', 'feet', 'torso', 'jewelry'],
];

const celebNames = [
  ...['background', 'skin', 'l_brow', 'r_brow', 'l_eye', 'r_eye', 'eye_g', 'l_ear', 'r_ear', 'ear_r', 'nose'],
  ...['mouth', 'u_lip', 'l_lip', 'neck', 'neck_l', 'cloth', 'hair', 'hat'],
];

const pascalNames = ['Background', 'Lower-arm', 'Head', 'Upper-leg', 'Torso', 'Lower-leg', 'Upper-arm', 'Human'];
const schpPascalNames = ['Background', 'Head', 'Torso', 'Upper Arms', 'Lower Arms', 'Upper Legs', 'Lower Legs'];

function labelSet(kind: string, names: readonly string[]): LabelSet {
  return { kind, labels: names.map((name, id) => ({ id, name })) };
}

/** By the heading of docs/class-maps.md. */
export const labelSets = {
  'CIHP (M2FP for many people)': labelSet('m2fp', [...cihpNames, 'Human']),
  'LIP (M2FP for one person, SCHP)': labelSet('semantic', lipClasses),
  'ATR (SCHP)': labelSet('semantic', atrClasses),
  'MHP v2': labelSet('m2fp', mhpNames),
  'PASCAL-Person-Part (M2FP)': labelSet('m2fp', pascalNames),
  'Pascal (SCHP)': labelSet('semantic', schpPascalNames),
  'CelebAMask-HQ (the built-in portrait model)': labelSet('portrait', celebNames),
  'FASHN (SegFormer)': labelSet('semantic', fashnNames),
} as const;

/** The published model for one person: trained on LIP, but its configuration calls class 10 as CIHP does. */
export const singlePerson: LabelSet = labelSet('m2fp-single', cihpNames);
