/**
 * The classes of the data sets that M2FP was published for, in the networks' order. Left and right are the person's
 * own. Source: the authors' registrations (github.com/soeaver/M2FP, `m2fp/data/datasets`) and, where these differ in
 * letters only, the names that ModelScope gives.
 */
export interface ClassTable {
  /** As its paper calls it. */
  readonly dataset: string;
  readonly names: readonly string[];
}

/** M2FP's own class for a whole person, the last of each network for many people. */
export const wholePerson = 'Human';

/** CIHP and LIP have the same classes, except for one. */
function clothesAndLimbs(id10: string): string[] {
  const upper = ['Background', 'Hat', 'Hair', 'Glove', 'Sunglasses', 'UpperClothes', 'Dress', 'Coat', 'Socks', 'Pants'];
  const limbs = ['Left-arm', 'Right-arm', 'Left-leg', 'Right-leg', 'Left-shoe', 'Right-shoe'];
  return [...upper, id10, 'Scarf', 'Skirt', 'Face', ...limbs];
}

/** "Crowd Instance-level Human Parsing", arXiv 1808.00157. */
export const cihp: ClassTable = { dataset: 'CIHP', names: [...clothesAndLimbs('Torso-skin'), wholePerson] };

/** "Look into Person", arXiv 1703.05446: one person per photo. */
export const lip: ClassTable = { dataset: 'LIP', names: clothesAndLimbs('Jumpsuits') };

/** "Understanding Humans in Crowded Scenes", arXiv 1804.03287. `Other-accessaries` is spelled as the authors do. */
const mhpV2: ClassTable = {
  dataset: 'MHP-v2',
  names: [
    ...['Background', 'Cap/Hat', 'Helmet', 'Face', 'Hair', 'Left-arm', 'Right-arm', 'Left-hand', 'Right-hand'],
    ...['Protector', 'Bikini/bra', 'Jacket/Windbreaker/Hoodie', 'T-shirt', 'Polo-shirt', 'Sweater', 'Singlet'],
    ...['Torso-skin', 'Pants', 'Shorts/Swim-shorts', 'Skirt', 'Stockings', 'Socks', 'Left-boot', 'Right-boot'],
    ...['Left-shoe', 'Right-shoe', 'Left-highheel', 'Right-highheel', 'Left-sandal', 'Right-sandal', 'Left-leg'],
    ...['Right-leg', 'Left-foot', 'Right-foot', 'Coat', 'Dress', 'Robe', 'Jumpsuits', 'Other-full-body-clothes'],
    ...['Headwear', 'Backpack', 'Ball', 'Bats', 'Belt', 'Bottle', 'Carrybag', 'Cases', 'Sunglasses', 'Eyewear'],
    ...['Gloves', 'Scarf', 'Umbrella', 'Wallet/Purse', 'Watch', 'Wristband', 'Tie', 'Other-accessaries'],
    ...['Other-upper-body-clothes', 'Other-lower-body-clothes', wholePerson],
  ],
};

/** "Detect What You Can", arXiv 1406.2031, in the six parts that human parsing merges it to. */
const pascalPersonPart: ClassTable = {
  dataset: 'PASCAL-Person-Part',
  names: ['Background', 'Lower-arm', 'Head', 'Upper-leg', 'Torso', 'Lower-leg', 'Upper-arm', wholePerson],
};

/** How data sets are registered: `cihp_parsing_val`, `lip_semseg_val`, `mhpv2_parsing_val`, `pascal-person-part_…`. */
const registered: readonly (readonly [name: RegExp, table: ClassTable])[] = [
  [/cihp/, cihp],
  [/mhp/, mhpV2],
  [/pascal|(^|[^a-z])ppp?([^a-z]|$)|person[-_ ]?part/, pascalPersonPart],
  [/(^|[^a-z])lip([^a-z]|$)/, lip],
];

/** The classes of a data set, by the name that detectron2 has for it; undefined for any other. */
export function tableOf(dataset: string): ClassTable | undefined {
  const name = dataset.toLowerCase();
  return registered.find(([pattern]) => pattern.test(name))?.[1];
}

/** The two that ModelScope published, by their number of classes. */
export function publishedTable(classes: number): ClassTable | undefined {
  return [cihp, lip].find(({ names }) => names.length === classes);
}

/** The data set with this many classes, of all that M2FP was published for. */
export function tableOfSize(classes: number): ClassTable | undefined {
  return [cihp, lip, mhpV2, pascalPersonPart].find(({ names }) => names.length === classes);
}

/** `class_7` for a class without a name. */
export const genericName = (id: number): string => `class_${id}`;

/**
 * A name in one spelling: the authors' registration of CIHP has `Gloves` where ModelScope's checkpoint has `Glove`, for
 * the same class.
 */
export function commonSpelling(name: string): string {
  return name === 'Gloves' ? 'Glove' : name;
}
