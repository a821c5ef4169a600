import { expect, test } from 'vitest';
import { libraryDependencies } from './debian-packages.ts';

test('libraries are found in a Depends field, with alternatives, versions and architectures', () => {
  const field = [
    'adduser, libatomic1 (>= 4.8), libjemalloc2 (>= 5.2.1), libc6:any',
    'libsystemd0 | libelogind0 (>= 1.0), redis-tools (= 5:7.0)',
  ].join(', ');
  expect(libraryDependencies(field)).toEqual([
    ['libatomic1'],
    ['libjemalloc2'],
    ['libc6'],
    ['libsystemd0', 'libelogind0'],
  ]);
});

test('an empty field has none', () => {
  expect(libraryDependencies('\n')).toEqual([]);
});
