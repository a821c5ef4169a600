import { expect, test } from 'vitest';
import { tagsOf } from './tags.ts';

test('the highest version is the latest one, by number and not by letter', () => {
  const latest = { npm: 'latest', image: ['0.10.0', '0.10', 'latest'], page: '--latest' };
  expect(tagsOf('0.10.0', [])).toEqual(latest);
  expect(tagsOf('0.10.0', ['v0.9.3', 'v0.10.0', 'v1.0.0-rc.1', 'v1', ''])).toEqual(latest);
});

test('a patch of an older line leaves the latest version what it is', () => {
  const older = { npm: 'release-0.1', image: ['0.1.1', '0.1'], page: '--latest=false' };
  expect(tagsOf('0.1.1', ['v0.1.0', 'v0.1.1', 'v0.2.0'])).toEqual(older);
});

test('a version that has been patched, released again, leaves its line what it is', () => {
  const patched = { npm: 'release-0.1', image: ['0.1.0'], page: '--latest=false' };
  expect(tagsOf('0.1.0', ['v0.1.0', 'v0.1.1'])).toEqual(patched);
});

test('what comes before a version is for those who name it', () => {
  const before = { npm: 'next', image: ['0.3.0-rc.1'], page: '--prerelease' };
  expect(tagsOf('0.3.0-rc.1', ['v0.2.0'])).toEqual(before);
});
