import { expect, test } from 'vitest';
import { notesOf, withRelease } from './changelog.ts';

const changelog = `# Changelog

## [Unreleased]

A word before.

### Added

- One thing.

### Fixed

- A fault.

## [0.1.0] - 2026-01-01

First release.
`;

test('what is not released becomes the release, with the changesets in their sections', () => {
  const changes = [
    { type: 'minor', summary: 'Another [thing](../docs/cli.md),\non two lines.' },
    { type: 'patch', summary: 'Another fault.' },
    { type: 'minor', summary: 'Changed: The order.' },
  ] as const;
  expect(withRelease(changelog, { version: '0.2.0', date: '2026-02-03', changes })).toBe(`# Changelog

## [Unreleased]

## [0.2.0] - 2026-02-03

A word before.

### Added

- One thing.
- Another [thing](docs/cli.md),
  on two lines.

### Changed

- The order.

### Fixed

- A fault.
- Another fault.

## [0.1.0] - 2026-01-01

First release.
`);
});

test('the notes of a release are its part, to the next heading or the end', () => {
  expect(notesOf(changelog, '0.1.0')).toBe('First release.');
  const released = withRelease(changelog, { version: '0.2.0', date: '2026-02-03', changes: [] });
  expect(notesOf(released, '0.2.0')).toMatch(/^A word before\.[^]*- A fault\.$/);
  expect(notesOf(withRelease(released, { ...later, changes: [change] }), '0.3.0')).toBe('### Fixed\n\n- It holds.');
});

const later = { version: '0.3.0', date: '2026-03-04' };
const change = { type: 'patch', summary: 'It holds.' } as const;

test('a version is released once, and never with nothing', () => {
  const released = withRelease(changelog, { ...later, changes: [] });
  expect(() => withRelease(released, { ...later, changes: [change] })).toThrow('has 0.3.0 already');
  expect(() => withRelease(released, { version: '0.4.0', date: '2026-04-05', changes: [] })).toThrow('nothing');
  expect(() => notesOf(changelog, '0.3.0')).toThrow('no heading "## [0.3.0]"');
});
