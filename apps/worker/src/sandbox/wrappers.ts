/**
 * How a parser process is started so that it can do little: programs of util-linux that each give something up and then
 * turn into the next one, the last into Node. The pid, the parent and the channel to it stay the same throughout.
 *
 * The order matters. A network namespace of one's own needs either the right to administer the system, which has to be
 * used before it is given up, or a user namespace, in which only one's own uid exists and which therefore comes after
 * the change of user. The signal at the parent's death is forgotten whenever rights change, so it is set at the end.
 */
import { existsSync, statSync } from 'node:fs';

/** What can be taken from a process, in the order in which it is tried. All but the first two need `privileges`. */
export const layers = {
  permissions: 'Node’s permission model',
  privileges: 'no privileges, and no way to gain any',
  user: 'another user',
  network: 'no network',
  files: 'no files but those it needs, by the kernel',
  sockets: 'no sockets and so no network, by the kernel',
} as const;
export type Layer = keyof typeof layers;

export interface System {
  /** Paths of the programs; undefined if there is none. */
  readonly setpriv: string | undefined;
  readonly unshare: string | undefined;
  /** This process may administer the system (CAP_SYS_ADMIN). */
  readonly isAdmin: boolean;
  /** It may limit what any later program can gain (CAP_SETPCAP). */
  readonly mayBound: boolean;
  /** The program of the kernel's filter for this machine; undefined if there is none. */
  readonly filter: string | undefined;
}

export interface Wanted {
  readonly uid: number;
  readonly gid: number;
  /** Files and folders that it may read. */
  readonly reads: readonly string[];
}

/** The command that runs what follows it with these layers; empty if there are none. */
export function wrapperCommand(inForce: ReadonlySet<Layer>, system: System, wanted: Wanted): string[] {
  const { setpriv, unshare, isAdmin } = system;
  const network = inForce.has('network') && unshare !== undefined ? unshare : undefined;
  return [
    ...(network !== undefined && isAdmin ? [network, '--net', '--'] : []),
    ...(setpriv === undefined ? [] : identity(setpriv, inForce, system, wanted)),
    ...(network === undefined || isAdmin ? [] : [network, '--user', '--map-current-user', '--net', '--']),
    ...(setpriv === undefined ? [] : lastStep(setpriv, inForce, system, wanted)),
  ];
}

function identity(setpriv: string, inForce: ReadonlySet<Layer>, { mayBound }: System, { uid, gid }: Wanted): string[] {
  if (!inForce.has('privileges')) return [];
  return [
    setpriv,
    ...(inForce.has('user') ? [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'] : []),
    ...(mayBound ? ['--bounding-set=-all'] : []),
    ...['--inh-caps=-all', '--ambient-caps=-all', '--no-new-privs', '--'],
  ];
}

function lastStep(setpriv: string, inForce: ReadonlySet<Layer>, { filter }: System, { reads }: Wanted): string[] {
  if (!inForce.has('privileges')) return [];
  return [
    ...[setpriv, '--no-new-privs', '--pdeathsig=KILL'],
    ...(inForce.has('files') ? landlockRules(reads) : []),
    ...(inForce.has('sockets') && filter !== undefined ? [`--seccomp-filter=${filter}`] : []),
    '--',
  ];
}

/** Where shared libraries are, and the program that loads them. */
const libraries = ['/lib', '/lib64', '/usr/lib', '/usr/lib64', '/usr/local/lib'];
/** What Node, onnxruntime and libvips look at: the processors, the memory, time zones. */
const systemFiles = [
  ...['/etc/ld.so.cache', '/etc/ssl/openssl.cnf', '/etc/localtime', '/usr/share', '/proc', '/sys/devices/system/cpu'],
  ...['/sys/fs/cgroup', '/dev/null', '/dev/urandom'],
];

/**
 * Everything else is closed, for native code too. That holds for `/proc/PID/environ` and the like of other processes
 * as well, although `/proc` is open: what is confined may not look into what is not.
 */
function landlockRules(reads: readonly string[]): string[] {
  const rule = (rights: string, path: string): string => `--landlock-rule=path-beneath:${rights}:${path}`;
  return [
    '--landlock-access=fs',
    rule('read-file,execute', process.execPath),
    ...libraries.filter(existsSync).map((path) => rule('read-file,read-dir,execute', path)),
    ...[...systemFiles, ...reads]
      .filter(existsSync)
      .map((path) => rule(statSync(path).isDirectory() ? 'read-file,read-dir' : 'read-file', path)),
  ];
}
