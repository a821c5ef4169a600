// node overlay.mjs photo.jpg overlay.png: the photo with every part in its color and a box around each person.
import { loadParser } from '@m2fp/core';
import sharp from 'sharp';

const [photo, drawn = 'overlay.png'] = process.argv.slice(2);
if (photo === undefined) throw new Error('usage: node overlay.mjs photo.jpg [overlay.png]');
const parser = await loadParser('portrait', { processes: 1 });
try {
  const { width, height, labelMap, people } = await parser.parse(photo);
  const colors = [];
  for (const { id, color, role } of parser.labels) colors[id] = [...color, role === 'background' ? 0 : 150];
  const pixels = new Uint8Array(4 * width * height);
  for (let i = 0; i < labelMap.length; i++) pixels.set(colors[labelMap[i]], 4 * i);

  const boxes = people.map(({ bbox: [x, y, w, h] }) => `<path d="M${x} ${y}h${w}v${h}h${-w}z"/>`).join('');
  const svg = `<svg width="${width}" height="${height}" fill="none" stroke="#fff" stroke-width="4">${boxes}</svg>`;
  await sharp(photo)
    .autoOrient()
    .composite([{ input: pixels, raw: { width, height, channels: 4 } }, { input: Buffer.from(svg) }])
    .toFile(drawn);

  for (const { id, masks } of people) {
    const parts = masks.map(({ label, score, mask }) => `${label} ${score.toFixed(2)} (${mask.area} px)`);
    console.log(`person ${id}: ${parts.join(', ')}`);
  }
} finally {
  await parser.close();
}
