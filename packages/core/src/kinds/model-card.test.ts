import { modelCardSchema } from '@m2fp/contract';
import { expect, test } from 'vitest';
import { testDrafts, testManifest } from '../../testing/model/test-manifests.ts';
import { type ManifestOf, manifestSchema } from './kinds.ts';
import { modelCard } from './model-card.ts';

const { files } = testManifest;

test.each(Object.values(testDrafts))('a model of the kind $kind has a card that says what it parses', (draft) => {
  const card = modelCard(manifestSchema.parse({ ...draft, files }));
  expect(modelCardSchema.parse(JSON.parse(JSON.stringify(card)))).toEqual(card);
  expect(card.summary).toMatch(/^[A-Z].*\.$/);
  expect(card.summary).toContain('3 classes');
  expect(card.labels[1]).toEqual({ id: 1, name: 'Hat', title: 'hat', role: 'part', color: '#c80000' });
});

test('what a model parses is told by its classes', () => {
  const parts = testManifest.labels.map((label) => ({ ...label, name: label.name.replace('Hat', 'Arm') }));
  expect(modelCard(testManifest).summary).toContain('clothes');
  expect(modelCard({ ...testManifest, labels: parts }).summary).not.toContain('clothes');
});

test.each([
  ['CC BY-NC 4.0', true],
  ['that of the checkpoint (the published weights: CC BY-NC 4.0)', true],
  ['for non-commercial use only', true],
  ['NVIDIA Source Code License for SegFormer', true],
  ['CelebAMask-HQ: research and evaluation only', true],
  ['MIT (both networks, as published by their packages)', false],
  ['Apache-2.0', false],
])('%s: non-commercial is %s', (license, isMarked) => {
  expect(modelCard({ ...testManifest, licence: license }).non_commercial).toBe(isMarked);
});

test('a card is of bounded size, whatever the bundle says', () => {
  const label = (id: number) => ({ id, name: `${id} ${'ä'.repeat(5_000)}`, color: [0, 0, 0], role: 'part' as const });
  const labels = Array.from({ length: 255 }, (_, id) => label(id)) as ManifestOf['labels'];
  const card = modelCard({ ...testManifest, labels, licence: 'x'.repeat(100_000) });
  expect(modelCardSchema.safeParse(card).success).toBe(true);
});
