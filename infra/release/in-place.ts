/**
 * `node ../../infra/release/in-place.ts prepack|postpack`, which `npm pack packages/NAME` runs in the package's folder:
 * before it packs, the package takes on its published form, and its own one afterward. What a killed `npm pack` has
 * left behind is put right by the next one.
 */
import { putOn, takeOff } from './stage.ts';

const step = process.argv[2];
if (step === 'prepack') await putOn(process.cwd());
else if (step === 'postpack') await takeOff(process.cwd());
else throw new Error('usage: in-place.ts prepack|postpack');
