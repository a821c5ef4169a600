/**
 * The sandbox of parser processes. Whoever finds a hole in a decoder runs code in one of them; this decides what that
 * code can reach. What a system allows differs, so at the worker's start everything is tried out with a process that
 * loads what a parser loads, and what is in force after that is written to the log.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Launcher, unconfined } from '@m2fp/core/process';
import { ConfigError } from '@m2fp/service/settings';
import { examineSystem, type Reasons } from './system.ts';
import { layers, wrapperCommand, type Layer } from './wrappers.ts';

type Layers = ReadonlySet<Layer>;

export interface SandboxSettings {
  /** `strict`: the worker does not start if parsers would share its user or have a network. */
  readonly mode: 'auto' | 'strict' | 'off';
  /** The user and group of parser processes, if this process may change to them. */
  readonly uid: number;
  readonly gid: number;
}

/** What is to be confined. */
export interface Confined {
  /** URL of the `ParserModule`. */
  readonly moduleUrl: string;
  /** What it reads besides the application's own files and its model. */
  readonly reads: readonly string[];
  /** Where its model is or will be; undefined if it has none. */
  readonly modelPath: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
}

export interface Sandbox {
  /** @param bundle the folder of the model, if it has one */
  launcher(bundle?: string): Launcher;
  readonly layers: Layers;
  /** For the log: what is in force, and why the rest is not. */
  readonly inForce: string;
  readonly missing: string;
}

/** Resolves to why it does not work with these layers; undefined if it does. */
type TryOut = (inForce: Layers) => Promise<string | undefined>;

const probe = fileURLToPath(new URL('./probe.ts', import.meta.url));
const application = applicationFiles();
const probeMs = 20_000;
const runFile = promisify(execFile);

/** Tries out what the system allows. Throws `ConfigError` if `strict` asks for more. */
export async function createSandbox(settings: SandboxSettings, confined: Confined): Promise<Sandbox> {
  if (settings.mode === 'off') {
    return { launcher: () => unconfined, layers: new Set(), inForce: 'nothing', missing: 'PARSER_SANDBOX is off' };
  }
  const { uid, gid } = settings;
  const { system, reasons } = await examineSystem(confined.environment['PATH']);
  const launcher = (inForce: Layers, own: readonly string[]): Launcher => {
    const reads = [...application, ...confined.reads, ...own];
    const libraries = preloaded(confined.environment);
    const command = [
      ...wrapperCommand(inForce, system, { uid, gid, reads: [...reads, ...libraries] }),
      process.execPath,
      ...(inForce.has('permissions') ? permissions(reads, inForce) : []),
    ];
    const [execPath = process.execPath, ...execArgv] = command;
    return { execPath, execArgv, endsWithParent: inForce.has('privileges') };
  };
  const modelAt = confined.modelPath === undefined ? [] : [nearestExisting(resolve(confined.modelPath))];
  const tryOut: TryOut = (inForce) =>
    failureOf(launcher(inForce, modelAt), [confined.moduleUrl, ...modelAt], confined.environment);

  const inForce = await whatWorks(reasons, tryOut);
  // Without sockets, a network namespace adds nothing.
  if (inForce.has('sockets')) reasons.delete('network');
  if (settings.mode === 'strict') assertStrict(inForce, reasons);
  return {
    launcher: (bundle) => launcher(inForce, bundle === undefined ? [] : [bundle]),
    layers: inForce,
    inForce: [...inForce].map((layer) => layers[layer] + (layer === 'user' ? ` (${uid})` : '')).join('; ') || 'nothing',
    missing: [...reasons].map(([layer, reason]) => `${layers[layer]} (${reason})`).join('; '),
  };
}

/**
 * The application's own files, wherever it is: the worker's package, the folders in which its packages are looked for,
 * and those that are linked there from elsewhere, as in the repository. No whole folder above: it may have an `.env`.
 */
function applicationFiles(): readonly string[] {
  const files = new Set<string>();
  const add = (folder: string): void => {
    files.add(folder);
    const manifest = join(folder, 'package.json');
    const places = (createRequire(manifest).resolve.paths('any-package') ?? []).filter((place) => existsSync(place));
    for (const place of places) files.add(place).add(join(dirname(place), 'package.json'));
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync(manifest, 'utf8')) as Partial<
      Record<'dependencies' | 'optionalDependencies', object>
    >;
    const links = Object.keys({ ...dependencies, ...optionalDependencies }).flatMap((name) =>
      places.map((place) => join(place, name)).filter((link) => existsSync(link)),
    );
    for (const target of links.map((link) => realpathSync(link))) {
      if (![...files].some((file) => target === file || target.startsWith(file + sep))) add(target);
    }
  };
  add(fileURLToPath(new URL('../..', import.meta.url)).replace(/[\\/]$/, ''));
  // Where its programs are if it runs as a bundle.
  files.add(dirname(probe));
  return [...files].filter((file) => existsSync(file));
}

/** All at once if that works, as it mostly does; else those that do, one after the other. Adds to the reasons. */
async function whatWorks(reasons: Reasons, tryOut: TryOut): Promise<Layers> {
  const candidates = (Object.keys(layers) as Layer[]).filter((layer) => !reasons.has(layer));
  if ((await tryOut(new Set(candidates))) === undefined) return new Set(candidates);
  const inForce = new Set<Layer>();
  for (const layer of candidates) {
    const needsPrivileges = layer !== 'permissions' && layer !== 'privileges' && !inForce.has('privileges');
    const failure = needsPrivileges ? 'setpriv does not work' : await tryOut(new Set([...inForce, layer]));
    if (failure === undefined) inForce.add(layer);
    else reasons.set(layer, failure);
  }
  return inForce;
}

async function failureOf(launcher: Launcher, args: readonly string[], env: NodeJS.ProcessEnv) {
  const { execPath, execArgv } = launcher;
  try {
    await runFile(execPath, [...execArgv, probe, ...args], { env, timeout: probeMs, killSignal: 'SIGKILL' });
    return undefined;
  } catch (error) {
    const { stderr = '', message } = error as { stderr?: string; message: string };
    const why = stderr.split('\n').find((line) => /Error: |setpriv: |unshare: /.test(line));
    return (why ?? message).trim().slice(0, 200);
  }
}

function assertStrict(inForce: Layers, reasons: Reasons): void {
  const hasNetwork = !inForce.has('network') && !inForce.has('sockets');
  const lacking = (['permissions', 'privileges', 'user'] as Layer[]).filter((layer) => !inForce.has(layer));
  if (hasNetwork) lacking.push('network');
  if (lacking.length === 0) return;
  const lines = lacking.map((layer) => `  ${layers[layer]}: ${reasons.get(layer) ?? 'not available'}`);
  throw new ConfigError(
    ['The worker cannot start: PARSER_SANDBOX is strict, and this is not possible here:', ...lines].join('\n'),
  );
}

/**
 * Of Node's own permission model: files by reading only, no other processes, no inspector. It binds JavaScript, not
 * native code, and knows no network. What it warns of is known: native code is what the sandbox is for.
 */
function permissions(reads: readonly string[], inForce: Layers): string[] {
  return [
    ...['--permission', '--allow-addons', '--disable-warning=SecurityWarning'],
    // A second thread watches the parent if the system does not.
    ...(inForce.has('privileges') ? [] : ['--allow-worker']),
    ...reads.map((path) => `--allow-fs-read=${path}`),
  ];
}

/** What the loader of shared libraries is told to load in addition, such as jemalloc. */
function preloaded(environment: NodeJS.ProcessEnv): string[] {
  const paths = [
    ...(environment['LD_PRELOAD'] ?? '').split(/[\s:]+/),
    ...(environment['LD_LIBRARY_PATH'] ?? '').split(delimiter),
  ];
  return paths.filter((path) => path.startsWith('/'));
}

function nearestExisting(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestExisting(dirname(path));
}
