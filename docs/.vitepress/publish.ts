/**
 * Builds the site with all its versions into one folder, for a web server: `node docs/.vitepress/publish.ts`.
 *
 * The newest release is at the root, the current state in `next`, and the last release of each earlier minor version in
 * a folder of its own, such as `v0.2`, each built from its own tag by its own configuration. Before the first release,
 * the current state is at the root. `versions.json` lists them, for the menu.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './pages.ts';

/** So many minor versions are kept. */
const mostVersions = 5;
/** For one command: npm's installation is the longest. */
const timeoutMs = 10 * 60_000;

interface Edition {
  /** As the menu shows it. */
  readonly name: string;
  /** A tag, or `HEAD` for what is checked out. */
  readonly ref: string;
  /** Where it is below the root, with a slash at its end. */
  readonly folder: string;
}

const { values } = parseArgs({
  options: {
    /** The path under which the site is served. */
    base: { type: 'string', default: '/' },
    /** Where sources can be read: `https://HOST/OWNER/NAME/blob`, before a branch or tag. */
    source: { type: 'string' },
    /** What links to the sources of `next` name. */
    branch: { type: 'string', default: 'main' },
    out: { type: 'string', default: 'dist/site' },
  },
});
const base = `${values.base.replace(/\/$/, '')}/`;
const out = path.resolve(values.out);

const editions = findEditions();
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const edition of editions) publish(edition);
const list = editions.map(({ name, folder }) => ({ name, path: base + folder }));
writeFileSync(path.join(out, 'versions.json'), `${JSON.stringify(list, null, 2)}\n`);
console.log(`${out}: ${editions.map(({ name }) => name).join(', ')}`);

/** The edition at the root comes first. */
function findEditions(): Edition[] {
  const tags = output('git', ['tag', '--list', 'v*', '--sort=-v:refname']).split('\n');
  const newest = new Map<string, string>();
  for (const tag of tags) {
    const minor = /^v(\d+\.\d+)\.\d+$/.exec(tag)?.[1];
    if (minor !== undefined && !newest.has(minor) && hasSite(tag)) newest.set(minor, tag);
  }
  const releases = [...newest].slice(0, mostVersions).map(([name, ref]) => ({ name, ref, folder: `v${name}/` }));
  const [latest, ...earlier] = releases;
  if (latest === undefined) return [{ name: 'next', ref: 'HEAD', folder: '' }];
  return [{ ...latest, folder: '' }, { name: 'next', ref: 'HEAD', folder: 'next/' }, ...earlier];
}

/** Versions before there was a site are passed over. */
function hasSite(tag: string): boolean {
  const manifest = JSON.parse(output('git', ['show', `${tag}:package.json`])) as { scripts?: Record<string, string> };
  return manifest.scripts?.['docs:build'] !== undefined;
}

function publish(edition: Edition): void {
  if (edition.ref === 'HEAD') {
    build(edition, root);
    return;
  }
  const checkout = mkdtempSync(path.join(tmpdir(), 'm2fp-docs-'));
  try {
    run('git', ['worktree', 'add', '--detach', checkout, edition.ref], root);
    run('npm', ['ci'], checkout);
    build(edition, checkout);
  } finally {
    rmSync(checkout, { recursive: true, force: true });
    run('git', ['worktree', 'prune'], root);
  }
}

function build({ name, ref, folder }: Edition, checkout: string): void {
  run('npm', ['run', 'docs:build'], checkout, {
    DOCS_BASE: base + folder,
    DOCS_VERSION: name,
    DOCS_VERSIONS_URL: `${base}versions.json`,
    ...(values.source !== undefined && { DOCS_SOURCE_URL: `${values.source}/${ref === 'HEAD' ? values.branch : ref}` }),
  });
  cpSync(path.join(checkout, 'dist/docs'), path.join(out, folder), { recursive: true });
}

function run(command: string, commandArguments: string[], cwd: string, changes: Record<string, string> = {}): void {
  execFileSync(command, commandArguments, {
    cwd,
    stdio: 'inherit',
    timeout: timeoutMs,
    env: { ...process.env, ...changes },
  });
}

function output(command: string, commandArguments: string[]): string {
  return execFileSync(command, commandArguments, { cwd: root, encoding: 'utf8', timeout: timeoutMs });
}
