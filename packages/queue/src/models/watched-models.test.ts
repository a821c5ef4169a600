import { expect, test } from 'vitest';
import type { KnownModel } from './model-registry.ts';
import { WatchedModels } from './watched-models.ts';

function known(...names: string[]): KnownModel[] {
  return names.map((name) => ({ name, card: undefined, seenAtMs: 1 }));
}

function registry(...reads: (KnownModel[] | Error)[]) {
  const expected: (readonly string[])[] = [];
  return {
    expected,
    expect: async (names: readonly string[]) => void expected.push(names),
    read: async () => {
      const next = reads.length > 1 ? reads.shift() : reads[0];
      if (next instanceof Error) throw next;
      return next ?? [];
    },
  };
}

test('the models are those of the settings, the default first, and whichever are known', async () => {
  const port = registry(known('animals', 'portrait'));
  const models = new WatchedModels(port, ['people', 'portrait', 'people']);
  expect(models.names()).toEqual(['people', 'portrait']);
  expect(models.find('portrait')).toBeUndefined();
  await models.refresh();
  expect(models.names()).toEqual(['people', 'portrait', 'animals']);
  expect(models.defaultName).toBe('people');
  expect(models.find('portrait')).toMatchObject({ seenAtMs: 1 });
  await models.refresh();
  expect(port.expected).toEqual([['people', 'portrait']]);
});

test('what was known stays while Redis is down, and a model that is forgotten goes', async () => {
  const models = new WatchedModels(registry(known('animals'), new Error('down'), []), ['people']);
  await models.refresh();
  await expect(models.refresh()).rejects.toThrow('down');
  expect(models.has('animals')).toBe(true);
  await models.refresh();
  expect(models.names()).toEqual(['people']);
});

test('those who ask at the same time share the answer', async () => {
  let reads = 0;
  const port = { expect: async () => undefined, read: async () => known(`model-${reads++}`) };
  const models = new WatchedModels(port, ['people']);
  await Promise.all([models.refresh(), models.refresh(), models.refresh()]);
  expect(reads).toBe(1);
  await models.refresh();
  expect(models.names()).toEqual(['people', 'model-1']);
});
