import type { Label } from '@m2fp/core/model';

/**
 * The classes of CelebAMask-HQ in the network's order. Left and right are the person's own. Related parts have related
 * hues: warm for the face, blue for the eyes, so that an overlay reads at a glance; no two colors are close.
 */
const classes = [
  ['background', [0, 0, 0]],
  ['skin', [255, 190, 152]],
  ['l_brow', [126, 87, 52]],
  ['r_brow', [176, 130, 74]],
  ['l_eye', [33, 102, 232]],
  ['r_eye', [74, 178, 255]],
  ['eye_g', [0, 229, 214]],
  ['l_ear', [255, 138, 76]],
  ['r_ear', [224, 104, 32]],
  ['ear_r', [255, 221, 0]],
  ['nose', [255, 112, 146]],
  ['mouth', [122, 12, 46]],
  ['u_lip', [232, 28, 79]],
  ['l_lip', [176, 24, 106]],
  ['neck', [214, 158, 224]],
  ['neck_l', [255, 243, 138]],
  ['cloth', [46, 160, 92]],
  ['hair', [112, 66, 193]],
  ['hat', [170, 205, 60]],
] as const;

export const portraitLabels: Label[] = classes.map(([name, color], id) => ({
  id,
  name,
  color: [...color],
  role: id === 0 ? 'background' : 'part',
}));
