/** CHANGELOG.md, in the form of Keep a Changelog (https://keepachangelog.com/en/1.1.0/). */
import { readFileSync } from 'node:fs';

const sections = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'] as const;
type Section = (typeof sections)[number];

const unreleased = '## [Unreleased]';

/** A change that users notice, as a changeset tells it. */
export interface ReleasedChange {
  readonly type: 'major' | 'minor' | 'patch' | 'none';
  /** Markdown. The section that it belongs into may stand in front: `Removed: …`. */
  readonly summary: string;
}

export interface Release {
  /** Such as `0.2.0`. */
  readonly version: string;
  /** Such as `2026-11-26`. */
  readonly date: string;
  readonly changes: readonly ReleasedChange[];
}

/**
 * Makes a release of what is under "Unreleased", and of `changes`, which are added to its sections. Throws an Error if
 * there is no such heading, if the version has been released, or if there is nothing to release.
 */
export function withRelease(changelog: string, { version, date, changes }: Release): string {
  if (changelog.includes(`## [${version}]`)) throw new Error(`CHANGELOG.md has ${version} already.`);
  const [start, end] = boundsOf(changelog, unreleased);
  let body = changelog.slice(start + unreleased.length, end).trim();
  for (const change of changes) body = withEntry(body, change);
  if (body === '') throw new Error('CHANGELOG.md has nothing that is not released, and there is no changeset.');
  const head = `${changelog.slice(0, start)}${unreleased}\n\n## [${version}] - ${date}\n\n`;
  return `${`${head}${body}\n\n${changelog.slice(end)}`.trimEnd()}\n`;
}

/** What is said of a version, without its heading: for the release's page. Throws an Error if that is nothing. */
export function notesOf(changelog: string, version: string): string {
  const heading = `## [${version}]`;
  const [start, end] = boundsOf(changelog, heading);
  const notes = changelog.slice(changelog.indexOf('\n', start), end).trim();
  if (notes === '') throw new Error(`CHANGELOG.md says nothing of ${version}.`);
  return notes;
}

/** Where a part begins, with its heading, and where it ends. */
function boundsOf(changelog: string, heading: string): [start: number, end: number] {
  const start = changelog.indexOf(`\n${heading}`) + 1;
  if (start === 0) throw new Error(`CHANGELOG.md has no heading "${heading}".`);
  const next = changelog.indexOf('\n## [', start);
  return [start, next === -1 ? changelog.length : next + 1];
}

/** Adds the change to the end of its section, which is made if there is none. */
function withEntry(body: string, change: ReleasedChange): string {
  const [section, text] = sectionOf(change);
  // A changeset is in a folder of its own, from which its links lead.
  const entry = `- ${text
    .trim()
    .replaceAll('](../', '](')
    .replace(/\n(?=.)/g, '\n  ')}`;
  const parts = body.split(/^(?=### )/m).map((part) => part.trim());
  const place = parts.findIndex((part) => part.startsWith(`### ${section}`));
  if (place >= 0) parts[place] = `${parts[place]}\n${entry}`;
  else parts.splice(placeOf(section, parts), 0, `### ${section}\n\n${entry}`);
  return parts.filter((part) => part !== '').join('\n\n');
}

/** In front of the first section that comes later in the order of Keep a Changelog. */
function placeOf(section: Section, parts: readonly string[]): number {
  const later = sections.slice(sections.indexOf(section) + 1);
  const place = parts.findIndex((part) => later.some((name) => part.startsWith(`### ${name}`)));
  return place < 0 ? parts.length : place;
}

function sectionOf({ type, summary }: ReleasedChange): [section: Section, text: string] {
  const named = sections.find((section) => summary.startsWith(`${section}: `));
  if (named !== undefined) return [named, summary.slice(named.length + 2)];
  return [type === 'patch' ? 'Fixed' : 'Added', summary];
}

/** `node infra/release/changelog.ts VERSION` prints what is said of a version. */
if (import.meta.main) {
  const [version = ''] = process.argv.slice(2);
  console.log(notesOf(readFileSync(new URL('../../CHANGELOG.md', import.meta.url), 'utf8'), version));
}
