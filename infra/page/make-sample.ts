/**
 * `npm run page:sample`: parses the photo that the page shows before there is any other, with the built-in model, and
 * puts what the page needs of the results into packages/page/public/samples. The same model gives the same files.
 */
import { spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { labelTitle } from '@m2fp/contract';

interface Coco {
  readonly categories: readonly { readonly id: number; readonly name: string }[];
  readonly annotations: readonly {
    readonly category_id: number;
    readonly person_id: number;
    readonly score: number;
  }[];
}

const photo = 'sample3';
const root = fileURLToPath(new URL('../../', import.meta.url));
const samples = join(root, 'packages/page/public/samples');
const scratch = await mkdtemp(join(tmpdir(), 'm2fp-page-sample-'));
try {
  const parse = ['apps/cli/bin/m2fp.js', 'parse', join(samples, `${photo}.jpg`), '--out', scratch];
  const { status } = spawnSync(process.execPath, parse, { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error('the photo was not parsed');
  const results = join(scratch, photo);
  for (const file of ['colormap', 'instances'])
    await copyFile(join(results, `${file}.png`), join(samples, `${photo}-${file}.png`));
  // Of the masks, the page needs the scores alone.
  const { categories, annotations } = JSON.parse(await readFile(join(results, 'masks.json'), 'utf8')) as Coco;
  const sample = {
    model: 'portrait',
    labels: categories.map(({ id, name }) => ({ id, name, title: labelTitle(name) })),
    found: annotations.map((found) => ({
      classId: found.category_id,
      personId: found.person_id,
      score: Number(found.score.toFixed(3)),
    })),
  };
  await writeFile(join(samples, `${photo}.json`), `${JSON.stringify(sample)}\n`);
} finally {
  await rm(scratch, { recursive: true });
}
