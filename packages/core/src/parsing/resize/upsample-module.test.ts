import { fileURLToPath } from 'node:url';
import { main as compile } from 'assemblyscript/asc';
import { expect, test } from 'vitest';

/** Relative to the package. */
const source = 'assembly/upsample.ts';
const options = ['--optimizeLevel', '3', '--noAssert', '--runtime', 'stub', '--importMemory', '--enable', 'simd'];

test('the module is what its source compiles to', async () => {
  const written: (string | Uint8Array)[] = [];
  const writeFile = (_name: string, contents: string | Uint8Array) => void written.push(contents);
  const baseDir = fileURLToPath(new URL('../../../', import.meta.url));
  const { error } = await compile([source, '--baseDir', baseDir, '--outFile', 'upsample.wasm', ...options], {
    writeFile,
  });
  expect(error).toBeNull();
  const [binary = ''] = written;
  const text = Buffer.from(binary).toString('base64');
  await expect(
    `// Compiled from ${source} by \`npm run assembly:generate\`.\nexport const upsampleModule =\n  '${text}';\n`,
  ).toMatchFileSnapshot('upsample.generated.ts');
}, 60_000);
