import { expect, it } from 'vitest';
import { publishedPackages, withNeeded } from './workspace.ts';

const all = publishedPackages();
const names = all.map(({ manifest }) => manifest.name);

it('packages are published with everything of ours that they need, needed ones first', () => {
  expect(names).toEqual(expect.arrayContaining(['m2fp', '@m2fp/client', '@m2fp/core', '@m2fp/portrait']));
  for (const [place, { manifest }] of all.entries()) {
    const { dependencies, optionalDependencies } = manifest;
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies })) {
      if (!/^(?:@m2fp\/|m2fp$)/.test(name)) continue;
      expect(names.slice(0, place), `${manifest.name} needs ${name}`).toContain(name);
    }
  }
});

it('the client needs no other package of ours', () => {
  expect(withNeeded(all, ['@m2fp/client']).map(({ manifest }) => manifest.name)).toEqual(['@m2fp/client']);
});

it('each says what it is, what it runs on, what is in it and what may be left out of a bundle', () => {
  for (const { manifest } of all) {
    expect(manifest, manifest.name).toMatchObject({
      ...{ type: 'module', license: 'MIT', private: true, description: expect.stringMatching(/.{20}/) as string },
      engines: { node: manifest.name === '@m2fp/client' ? '>=20' : '>=22.12' },
      ...{ files: expect.arrayContaining(['dist']) as string[], sideEffects: expect.anything() as unknown },
      scripts: { prepack: 'node ../../infra/release/in-place.ts prepack' },
    });
    expect(manifest.scripts['postpack'], manifest.name).toBe('node ../../infra/release/in-place.ts postpack');
  }
});
