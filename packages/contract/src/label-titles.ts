/** The classes of CelebAMask-HQ, whose names are abbreviations. */
const abbreviations: Readonly<Record<string, string>> = {
  eye_g: 'glasses',
  ear_r: 'earring',
  u_lip: 'upper lip',
  l_lip: 'lower lip',
  neck_l: 'necklace',
  cloth: 'clothes',
  human: 'whole person',
};

/** As data sets spell or join them. */
const words: Readonly<Record<string, string>> = {
  l: 'left',
  r: 'right',
  brow: 'eyebrow',
  upperclothes: 'upper clothes',
  highheel: 'high heel',
  accessaries: 'accessories',
  carrybag: 'carry bag',
};

/** A class's name as people say it: `l_brow` is "left eyebrow", `Upper-clothes` is "upper clothes". */
export function labelTitle(name: string): string {
  const known = abbreviations[name.toLowerCase()];
  if (known !== undefined) return known;
  const parts = name
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .toLowerCase()
    .split(/[\s_-]+/)
    .filter(Boolean);
  return parts.length === 0 ? name : parts.map((part) => words[part] ?? part).join(' ');
}
