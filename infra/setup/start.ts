/**
 * `npm start` of the services, without a shell: Node with variables that count from its first moment on, as those of
 * glibc's malloc do, unless they are set already.
 *
 *   node infra/setup/start.ts [NAME=value…] [node's own flags…] program [arguments…]
 *
 * A program of sources runs as a bundle of them (bundle-cache.ts), with its compiled code kept from one start to the
 * next.
 *
 * This process becomes the program, with the same pid. Windows cannot do that, and has no glibc: there, the program is
 * a child that ends with this process or ends it.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { compileCacheOf, currentBundle } from './bundle-cache.ts';

const words = process.argv.slice(2);
const isSetting = (word: string): boolean => /^[A-Z_]+=/.test(word);
const rest = words.slice(words.findIndex((word) => !isSetting(word)));
const settings = words.slice(0, words.length - rest.length).map((word) => word.split('=', 2) as [string, string]);

const cacheDir = fileURLToPath(new URL('../../.cache/programs', import.meta.url));
// Not a module that Node is to load first, which it takes in two words.
const at = rest.findIndex((word, place) => word.endsWith('.ts') && rest[place - 1] !== '--import');
const program = rest[at];
if (program !== undefined) {
  const bundled = await currentBundle(program, cacheDir);
  if (bundled !== undefined) {
    rest[at] = bundled;
    settings.push(['NODE_COMPILE_CACHE', compileCacheOf(bundled)]);
  }
}
// eslint-disable-next-line no-restricted-properties -- All of it goes on to the program, which reads it.
const environment = { ...Object.fromEntries(settings), ...process.env };

if (process.platform !== 'win32' && typeof process.execve === 'function') {
  process.execve(process.execPath, [process.execPath, ...rest], environment);
}
const child = spawn(process.execPath, rest, { env: environment, stdio: 'inherit' });
// A Ctrl-C reaches both; when to stop is up to the service.
process.on('SIGINT', () => undefined);
child.once('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
child.once('exit', (code) => process.exit(code ?? 1));
