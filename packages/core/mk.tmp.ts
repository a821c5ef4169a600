import { openPhoto } from './src/image/index.ts';
import { readFile, writeFile } from 'node:fs/promises';
for (const n of ['coco_000000000785.jpg','mhp_10084.jpg']) { const p = await openPhoto(await readFile('/work/shared/golden/photos/'+n)); const r = await p.rgb(); await writeFile('/tmp/f/'+n+'.raw', r.data); console.log(n,r.width,r.height,p.format); }
