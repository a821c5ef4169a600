import { expect, it } from 'vitest';
import { cihp, lip, tableOf } from './class-tables.ts';

it('LIP and CIHP differ in one class of twenty, and CIHP has the whole person', () => {
  expect(lip.names).toHaveLength(20);
  expect(cihp.names).toHaveLength(21);
  const different = lip.names.flatMap((name, id) => (name === cihp.names[id] ? [] : [[id, name, cihp.names[id]]]));
  expect(different).toEqual([[10, 'Jumpsuits', 'Torso-skin']]);
});

it.each([
  ['cihp_parsing_val', 'CIHP', 21],
  ['CIHP', 'CIHP', 21],
  ['lip_semseg_val', 'LIP', 20],
  ['lip_parsing_val', 'LIP', 20],
  ['mhpv2_parsing_train', 'MHP-v2', 60],
  ['mhp-v2_val', 'MHP-v2', 60],
  ['pascal-person-part_parsing_test', 'PASCAL-Person-Part', 8],
  ['pascal_person_part_val', 'PASCAL-Person-Part', 8],
  ['ppp_parsing_val', 'PASCAL-Person-Part', 8],
])('%s is %s', (name, dataset, classes) => {
  expect(tableOf(name)).toMatchObject({ dataset });
  expect(tableOf(name)?.names).toHaveLength(classes);
  expect(new Set(tableOf(name)?.names).size).toBe(classes);
});

it.each(['coco_2017_val', 'clip_val', 'ade20k_sem_seg_val', 'happy_people'])('%s is none of them', (name) => {
  expect(tableOf(name)).toBeUndefined();
});
