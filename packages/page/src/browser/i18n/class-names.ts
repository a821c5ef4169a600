/**
 * What the classes of the known data sets are called in Chinese, and which group they belong to: CIHP, LIP, ATR,
 * MHP-v2, PASCAL-Person-Part, FASHN's and those of the built-in model. English names come with the model's card. Left
 * and right are the person's own.
 */
import { language, t } from './language.ts';

/** In the order in which they are shown. */
export const classGroups = ['face', 'head', 'clothes', 'body', 'other'] as const;
export type ClassGroup = (typeof classGroups)[number];

/**
 * By group: the names of a class, with commas, and its title. Case, hyphens, underscores and spaces of a name do not
 * matter.
 */
const chinese: Readonly<Record<ClassGroup, string>> = {
  face: `
    face 面部; skin 面部皮肤; nose 鼻子; mouth 口腔; u_lip 上唇; l_lip 下唇; l_brow 左眉; r_brow 右眉;
    l_eye 左眼; r_eye 右眼; l_ear 左耳; r_ear 右耳
  `,
  head: `
    hair 头发; hat,cap/hat 帽子; head 头部; helmet 头盔; headwear 头饰; eye_g,glasses,eyewear 眼镜;
    sunglasses 太阳镜; ear_r 耳环
  `,
  clothes: `
    cloth 衣服; upper-clothes,top 上衣; t-shirt T 恤; polo-shirt Polo 衫; sweater 毛衣; singlet 背心;
    jacket/windbreaker/hoodie 夹克/风衣/连帽衫; coat 外套; robe 长袍; dress 连衣裙; jumpsuits 连体衣;
    bikini/bra 比基尼/文胸; other-upper-body-clothes 其他上装; skirt 半身裙;
    other-lower-body-clothes 其他下装; other-full-body-clothes 其他全身服装; pants 裤子; socks 袜子;
    shorts/swim-shorts 短裤/泳裤; stockings 长筒袜; left-shoe 左鞋; right-shoe 右鞋; left-boot 左靴;
    right-boot 右靴; left-highheel 左高跟鞋; right-highheel 右高跟鞋; left-sandal 左凉鞋;
    right-sandal 右凉鞋; scarf 围巾; glove,gloves 手套; belt 腰带; tie 领带; watch 手表; wristband 腕带;
    neck_l 项链; jewelry 首饰; other-accessaries 其他配饰; protector 护具
  `,
  body: `
    neck 脖子; torso 躯干; torso-skin 躯干皮肤; arms 手臂; hands 手部; legs 腿部; feet 脚部;
    left-arm 左臂; right-arm 右臂; left-hand 左手; right-hand 右手; left-leg 左腿; right-leg 右腿;
    left-foot 左脚; right-foot 右脚; upper-arm,upper-arms 上臂; lower-arm,lower-arms 前臂;
    upper-leg,upper-legs 大腿; lower-leg,lower-legs 小腿; human 整个人
  `,
  other: `
    background 背景; bag 包; backpack 双肩包; carrybag 手提包; wallet/purse 钱包; cases 箱包; ball 球;
    bats 球棒/球拍; bottle 瓶子; umbrella 雨伞
  `,
};

const known = new Map(
  classGroups.flatMap((group) => chinese[group].split(';').flatMap((entry) => classesIn(entry, group))),
);

function classesIn(entry: string, group: ClassGroup): [name: string, { readonly title: string; group: ClassGroup }][] {
  const [names = '', ...title] = entry.trim().split(' ');
  return names.split(',').map((name) => [plainName(name), { title: title.join(' '), group }]);
}

/** A class's name for people. @param title the English one, as the model's card has it */
export function classTitle(name: string, title: string): string {
  return (language() === 'zh' ? chineseName(name) : undefined) ?? title;
}

/** Undefined for a class of no data set that is known here. */
export function chineseName(name: string): string | undefined {
  return known.get(plainName(name))?.title;
}

export function classGroup(name: string): ClassGroup {
  return known.get(plainName(name))?.group ?? 'other';
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
