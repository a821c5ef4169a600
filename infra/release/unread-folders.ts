/** Which folders of an installed package Node never reads when the package runs. */

/** Of package.json, what says where a package's code is. */
export interface InstalledManifest {
  readonly main?: unknown;
  readonly module?: unknown;
  readonly exports?: unknown;
  readonly bin?: unknown;
}

/** Names that only mean one thing at the top of a package. */
const aside = [
  'test',
  'tests',
  '__tests__',
  'doc',
  'docs',
  'example',
  'examples',
  'benchmark',
  'benchmarks',
  'coverage',
];
/** Code of a package that is for bundlers or is not built; unread unless package.json names it for Node. */
const maybeUnread = ['dist-es', 'dist-types', 'src', 'esm', 'es', 'types', 'umd', 'es2015', 'esnext'];

/**
 * Names of top folders. What package.json says is not all: `isNamedIn` has to be asked of the code that stays.
 * @param entries what is at the top of the package
 */
export function unreadFolders(manifest: InstalledManifest, entries: readonly string[]): Set<string> {
  const isRead = new Set(pathsForNode(manifest).map(topOf));
  const forBundlers = typeof manifest.module === 'string' ? [topOf(manifest.module)] : [];
  // Without `exports`, any file may be asked for by its path; nobody asks for these.
  const hasMain = manifest.exports !== undefined || manifest.main !== undefined;
  const candidates = [...aside, ...forBundlers, ...(hasMain ? maybeUnread : [])];
  return new Set(candidates.filter((name) => name !== '' && entries.includes(name) && !isRead.has(name)));
}

/** Whether code names a folder of its package: in a relative path, or by itself, as for `path.join`. */
export function isNamedIn(code: string, folder: string): boolean {
  const inPath = new RegExp(`['"\`](?:\\.{1,2}/)+${folder}(?:/|['"\`])`);
  const byItself = new RegExp(`(?:join|resolve)\\([^)]*['"\`/]${folder}['"\`/]`);
  return inPath.test(code) || byItself.test(code);
}

function topOf(path: string): string {
  const [first = '', ...rest] = path.replace(/^\.\//, '').split('/');
  return rest.length === 0 ? '' : first;
}

function pathsForNode({ main, exports, bin }: InstalledManifest): string[] {
  const programs: unknown[] = typeof bin === 'object' && bin !== null ? Object.values(bin) : [bin];
  const named = [main, ...programs];
  return [...named.filter((path) => typeof path === 'string'), ...targetsOf(exports)];
}

/** Of `exports`: what `import` and `require` of Node reach. */
function targetsOf(exports: unknown): string[] {
  return ['import', 'require'].flatMap((way) => reachable(exports, new Set(['node', 'module-sync', 'default', way])));
}

function reachable(target: unknown, conditions: ReadonlySet<string>): string[] {
  if (typeof target === 'string') return [target];
  if (Array.isArray(target)) return target.flatMap((one) => reachable(one, conditions));
  if (typeof target !== 'object' || target === null) return [];
  const entries = Object.entries(target);
  if (entries.some(([key]) => key.startsWith('.'))) return entries.flatMap(([, one]) => reachable(one, conditions));
  // The first condition that holds is the one that counts.
  const found = entries.find(([key, one]) => conditions.has(key) && reachable(one, conditions).length > 0);
  return found === undefined ? [] : reachable(found[1], conditions);
}
