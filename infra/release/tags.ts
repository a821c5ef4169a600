/**
 * What a release is called beside its version: the tags that people get who name no version, or only a line of them.
 * `node infra/release/tags.ts v0.2.0` prints them for a workflow's outputs; it needs no package, but all tags of git.
 */
import { execFileSync } from 'node:child_process';

interface ReleaseTags {
  readonly npm: string;
  readonly image: readonly string[];
  /** The option of `gh release create`. */
  readonly page: '--latest' | '--latest=false' | '--prerelease';
}

/**
 * `latest` is the highest version, not the last one: a patch of an older line leaves it where it is.
 * @param version such as `0.2.0`
 * @param released tags such as `v0.1.0`; others are passed over
 */
export function tagsOf(version: string, released: readonly string[]): ReleaseTags {
  // What comes before a version is for those who name it.
  if (version.includes('-')) return { npm: 'next', image: [version], page: '--prerelease' };
  const line = lineOf(version);
  const stable = released.filter((tag) => /^v\d+\.\d+\.\d+$/.test(tag)).map((tag) => tag.slice(1));
  const higher = stable.filter((other) => isHigher(other, version));
  const image = higher.some((other) => lineOf(other) === line) ? [version] : [version, line];
  if (higher.length === 0) return { npm: 'latest', image: [...image, 'latest'], page: '--latest' };
  // npm refuses a tag that could be a version, such as `v0.1`.
  return { npm: `release-${line}`, image, page: '--latest=false' };
}

/** `0.2.1` → `0.2` */
function lineOf(version: string): string {
  return version.slice(0, version.lastIndexOf('.'));
}

/** Of two versions without suffixes. */
function isHigher(one: string, other: string): boolean {
  return one.localeCompare(other, 'en', { numeric: true }) > 0;
}

if (import.meta.main) {
  const [tag = ''] = process.argv.slice(2);
  if (!tag.startsWith('v')) throw new Error('usage: tags.ts v0.2.0');
  const released = execFileSync('git', ['tag', '--list', 'v*'], { encoding: 'utf8' }).split('\n');
  const { npm, image, page } = tagsOf(tag.slice(1), released);
  console.log(`npm=${npm}\nimage=${image.join(' ')}\npage=${page}`);
}
