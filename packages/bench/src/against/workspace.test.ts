import type { Bundle, ManifestOf } from '@m2fp/core/model';
import { expect, it } from 'vitest';
import { comparableBundle, type PeopleBundle, quantizedPath } from './workspace.ts';

function bundle(name: string, dtype = 'float32'): PeopleBundle {
  const manifest = { kind: 'm2fp', name, dtype, synthetic: true, files: [] } as unknown as ManifestOf<'m2fp'>;
  return { dir: '/bundle', manifest, path: (file) => file, graph: (file) => file };
}

it('compares with the first float32 bundle of many people', () => {
  const bundles: Bundle<ManifestOf>[] = [bundle('synthetic-r101-people-int8', 'int8'), bundle('synthetic-r101-people')];
  expect(comparableBundle(bundles).manifest.name).toBe('synthetic-r101-people');
  expect(() => comparableBundle(bundles.slice(0, 1))).toThrow('needs a float32 bundle');
});

it.each(['synthetic-r101-people-made-up', 'synthetic-r101-people-made-up-int8'])('does not compare %s', (name) => {
  const bundles = [bundle('synthetic-r101-people'), bundle(name)];
  expect(() => comparableBundle(bundles)).toThrow(`cannot use ${name}: its outputs are made-up people`);
});

it('quantizes anew for anything that the calibration depends on', () => {
  const photo = { width: 64, height: 64, bytes: Uint8Array.of(1) };
  const input = { photo: '/tmp/a', resized: [60, 64], padded: [64, 64], mean: [0], std: [1] } as const;
  const path = (changed: object = {}, bytes = photo.bytes, versions = ['1']) =>
    quantizedPath('/cache', bundle('any'), { ...photo, bytes }, { ...input, ...changed }, versions);
  const changes = [{ resized: [61, 64] }, { padded: [96, 64] }, { mean: [1] }, { std: [2] }];
  const paths = [path(), ...changes.map((change) => path(change)), path({}, Uint8Array.of(2)), path({}, undefined, [])];
  expect(new Set(paths).size).toBe(paths.length);
  expect(path({ photo: '/tmp/b' })).toBe(path());
});
