/**
 * What the classes of the known data sets are called in Chinese, and which group they belong to: CIHP, LIP, ATR,
 * MHP-v2, PASCAL-Person-Part, FASHN's and those of the built-in model. English names come with the model's card. Left
 * and right are the person's own.
 */
import { language, t } from './language.ts';

/** In the order in which they are shown. */
export const classGroups = ['face', 'head', 'clothes', 'body', 'other'] as const;
export type ClassGroup = (typeof classGroups)[number];

/** By group; each class by what matters of its name (`plainName`). */
const known: Readonly<Record<ClassGroup, Readonly<Record<string, string>>>> = {
  face: {
    ...{ face: '面部', skin: '面部皮肤', nose: '鼻子', mouth: '口腔', ulip: '上唇', llip: '下唇' },
    ...{ lbrow: '左眉', rbrow: '右眉', leye: '左眼', reye: '右眼', lear: '左耳', rear: '右耳' },
  },
  head: {
    ...{ hair: '头发', hat: '帽子', head: '头部', 'cap/hat': '帽子', helmet: '头盔', headwear: '头饰' },
    ...{ eyeg: '眼镜', glasses: '眼镜', sunglasses: '太阳镜', eyewear: '眼镜', earr: '耳环' },
  },
  clothes: {
    ...{ cloth: '衣服', upperclothes: '上衣', top: '上衣', tshirt: 'T 恤', poloshirt: 'Polo 衫', sweater: '毛衣' },
    ...{
      singlet: '背心',
      'jacket/windbreaker/hoodie': '夹克/风衣/连帽衫',
      coat: '外套',
      robe: '长袍',
      dress: '连衣裙',
    },
    ...{ jumpsuits: '连体衣', 'bikini/bra': '比基尼/文胸', otherupperbodyclothes: '其他上装', skirt: '半身裙' },
    ...{ otherlowerbodyclothes: '其他下装', otherfullbodyclothes: '其他全身服装', pants: '裤子', socks: '袜子' },
    ...{ 'shorts/swimshorts': '短裤/泳裤', stockings: '长筒袜', leftshoe: '左鞋', rightshoe: '右鞋', leftboot: '左靴' },
    ...{ rightboot: '右靴', lefthighheel: '左高跟鞋', righthighheel: '右高跟鞋', leftsandal: '左凉鞋' },
    ...{
      rightsandal: '右凉鞋',
      scarf: '围巾',
      glove: '手套',
      gloves: '手套',
      belt: '腰带',
      tie: '领带',
      watch: '手表',
    },
    ...{ wristband: '腕带', neckl: '项链', jewelry: '首饰', otheraccessaries: '其他配饰', protector: '护具' },
  },
  body: {
    ...{ neck: '脖子', torso: '躯干', torsoskin: '躯干皮肤', arms: '手臂', hands: '手部', legs: '腿部', feet: '脚部' },
    ...{ leftarm: '左臂', rightarm: '右臂', lefthand: '左手', righthand: '右手', leftleg: '左腿', rightleg: '右腿' },
    ...{ leftfoot: '左脚', rightfoot: '右脚', upperarm: '上臂', lowerarm: '前臂', upperleg: '大腿', lowerleg: '小腿' },
    ...{ upperarms: '上臂', lowerarms: '前臂', upperlegs: '大腿', lowerlegs: '小腿', human: '整个人' },
  },
  other: {
    ...{ background: '背景', bag: '包', backpack: '双肩包', carrybag: '手提包', 'wallet/purse': '钱包', cases: '箱包' },
    ...{ ball: '球', bats: '球棒/球拍', bottle: '瓶子', umbrella: '雨伞' },
  },
};

const groupOf = new Map(classGroups.flatMap((group) => Object.keys(known[group]).map((name) => [name, group])));

/** A class's name for people. @param title the English one, as the model's card has it */
export function classTitle(name: string, title: string): string {
  return (language() === 'zh' ? chineseName(name) : undefined) ?? title;
}

/** Undefined for a class of no data set that is known here. */
export function chineseName(name: string): string | undefined {
  const plain = plainName(name);
  const group = groupOf.get(plain);
  return group && known[group][plain];
}

export function classGroup(name: string): ClassGroup {
  return groupOf.get(plainName(name)) ?? 'other';
}

export function groupTitle(group: ClassGroup): string {
  return t(`group.${group}`);
}

/** As the service compares names: case, hyphens, underscores and spaces do not matter. */
function plainName(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[-_\s]+/gu, '');
}
