/** What this system has to confine a process with. */
import { execFile } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Layer, System } from './wrappers.ts';

/** Why a layer is not available. */
export type Reasons = Map<Layer, string>;

const runFile = promisify(execFile);

/** Of capabilities(7): their places in the bit set. */
const capabilities = { kill: 5, setGid: 6, setUid: 7, setPcap: 8, sysAdmin: 21 };

/** @param path the variable PATH */
export async function examineSystem(path = ''): Promise<{ system: System; reasons: Reasons }> {
  const reasons: Reasons = new Map();
  const none: System = { setpriv: undefined, unshare: undefined, isAdmin: false, mayBound: false, filter: undefined };
  if (process.platform !== 'linux') {
    for (const layer of ['privileges', 'user', 'network', 'files', 'sockets'] as const) reasons.set(layer, 'not Linux');
    return { system: none, reasons };
  }
  const may = effectiveCapabilities();
  const setpriv = findProgram('setpriv', path);
  const unshare = findProgram('unshare', path);
  const help = setpriv === undefined ? '' : await runFile(setpriv, ['--help'], { timeout: 5_000 }).then(textOf, textOf);
  const filter = fileURLToPath(new URL(`./filters/${process.arch}.bpf`, import.meta.url));
  const lacksUser = !(may('setUid') && may('setGid') && may('kill'));

  if (setpriv === undefined) reasons.set('privileges', 'there is no setpriv').set('user', 'there is no setpriv');
  else if (lacksUser) reasons.set('user', 'the worker may not change users');
  if (unshare === undefined) reasons.set('network', 'there is no unshare');
  if (!help.includes('--landlock-access')) reasons.set('files', 'needs setpriv 2.40 or later');
  if (!help.includes('--seccomp-filter')) reasons.set('sockets', 'needs setpriv 2.41 or later');
  else if (!existsSync(filter)) reasons.set('sockets', `there is no filter for ${process.arch}`);
  return { system: { setpriv, unshare, isAdmin: may('sysAdmin'), mayBound: may('setPcap'), filter }, reasons };
}

/** Of proc(5): a hexadecimal bit set. */
function effectiveCapabilities(): (name: keyof typeof capabilities) => boolean {
  const digits = /^CapEff:\s*([\da-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  const set = BigInt(`0x${digits}`);
  return (name) => ((set >> BigInt(capabilities[name])) & 1n) === 1n;
}

function findProgram(name: string, searchPath: string): string | undefined {
  const folders = searchPath.split(delimiter).filter((folder) => folder.startsWith('/'));
  return [...folders, '/usr/bin', '/bin', '/usr/sbin', '/sbin']
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}

function textOf(result: unknown): string {
  return String((result as { stdout?: string }).stdout ?? '');
}
