import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseOptionsSchema } from '@m2fp/contract';
import { loadModel, parsePhoto } from '@m2fp/core/parsing';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { synthesizeM2fp } from '../m2fp/synthesize.ts';
import { drawPeople } from './made-up-people.ts';

it('draws the same people on every machine', () => {
  const { masks, logits } = drawPeople(100, 21);
  const digest = createHash('sha256').update(new Uint8Array(masks.buffer)).update(new Uint8Array(logits.buffer));
  expect(digest.digest('hex').slice(0, 16)).toBe('a8a00d0e24e14ee0');
});

it('stands in for what a network of random weights would find, in photos of any size', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'm2fp-made-up-'));
  try {
    await synthesizeM2fp({ architecture: 'tiny', kind: 'people', seed: 1, masks: 'people' }, dir);
    const model = await loadModel(dir, { threads: 1 });
    const bytes = await sharp({ create: { width: 131, height: 97, channels: 3, background: '#888' } })
      .png()
      .toBuffer();
    const { summary } = await parsePhoto({ bytes }, model, parseOptionsSchema.parse({ short_side: 96 }));
    await model.close();
    expect(summary.people).toBe(2);
    const found = summary.labels.map(({ name }) => name);
    expect(found).toEqual(expect.arrayContaining(['Hair', 'Face', 'UpperClothes', 'Pants', 'Left-arm', 'Right-arm']));
  } finally {
    await rm(dir, { recursive: true });
  }
});
