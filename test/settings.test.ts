/** One setting, one name, one parser: a variable that two applications read means the same to both. */
import { readFile } from 'node:fs/promises';
import { ConfigError, secretSettings } from '@m2fp/service/settings';
import { expect, test } from 'vitest';
import { readConfig as readApi } from '../apps/api/src/config.ts';
import { readConfig as readCli } from '../apps/cli/src/config.ts';
import { readConfig as readDispatcher } from '../apps/dispatcher/src/config.ts';
import { readConfig as readWorker } from '../apps/worker/src/config.ts';

type Read = (environment: NodeJS.ProcessEnv) => object;

const apps: Readonly<Record<string, Read>> = {
  api: readApi,
  worker: readWorker,
  dispatcher: readDispatcher,
  // What the CLI passes on to the processes that parse, and to Python, is their whole environment.
  cli: (environment) => ({ ...readCli(environment), environment: undefined, parserEnvironment: undefined }),
};

const values = [
  ...[' ', 'abc', 'a/b/', 'ten', '-1', '0', '1', '2', '64', '1.5', '1e3', '2.5e7', '0x1f4', '1_000', 'Infinity'],
  ...['true', 'false', 'TRUE', 'yes', 'debug', 'loud', 'redis://h', 'rediss://h:1', 'http://h', 'https://h/p', 'h:1'],
];
const needed = { S3_BUCKET: 'photos' };

/** Names of all variables that the sources of the settings have. */
async function variables(): Promise<string[]> {
  const sources = [
    'packages/service/src/settings/fragments.ts',
    ...Object.keys(apps).map((app) => `apps/${app}/src/config.ts`),
  ];
  const texts = await Promise.all(sources.map((path) => readFile(new URL(`../${path}`, import.meta.url), 'utf8')));
  return [...new Set(texts.flatMap((text) => text.match(/\b[A-Z][A-Z\d_]+(?=:)/g) ?? []))];
}

function leaves(value: unknown, path = ''): [string, unknown][] {
  if (typeof value !== 'object' || value === null) return [[path, value]];
  return Object.entries(value).flatMap(([name, part]) => leaves(part, `${path}.${name}`));
}

type Leaves = ReadonlyMap<string, unknown>;

function settings(read: Read, environment: NodeJS.ProcessEnv): Leaves | 'refused' {
  try {
    return new Map(leaves(read({ ...needed, ...environment })));
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return 'refused';
  }
}

/** What an application makes of each value of a variable; undefined if it does not read the variable. */
function meanings(read: Read, variable: string): unknown[] | undefined {
  const defaults = new Map(leaves(read(needed)));
  const all = values.map((value) => settings(read, { [variable]: value }));
  const moved = [...defaults.keys(), ...all.flatMap((one) => (one === 'refused' ? [] : [...one.keys()]))].filter(
    (path) => all.some((one) => one !== 'refused' && one.get(path) !== defaults.get(path)),
  );
  if (moved.length === 0 && !all.includes('refused')) return undefined;
  const paths = [...new Set(moved)];
  return all.map((one, place) => [values[place], one === 'refused' ? one : paths.map((path) => one.get(path))]);
}

test('every variable that two applications read is parsed the same way by both', async () => {
  const shared: string[] = [];
  for (const name of await variables()) {
    const [first, ...others] = Object.entries(apps).flatMap(([app, read]) => {
      const table = meanings(read, name);
      return table === undefined ? [] : [{ app, table }];
    });
    for (const { app, table } of others) expect(table, `${name} in ${first?.app} and ${app}`).toEqual(first?.table);
    if (others.length > 0) shared.push(name);
  }
  expect(shared).toEqual(
    expect.arrayContaining([
      ...['REDIS_URL', 'QUEUE_PREFIX', 'MODEL', 'JOB_RETENTION_S', 'S3_BUCKET', 'S3_TIMEOUT_MS', 'AWS_ACCESS_KEY_ID'],
      ...['MAX_IMAGE_BYTES', 'WEBHOOK_ALLOW_LOOPBACK', 'SHUTDOWN_TIMEOUT_MS', 'THREADS', 'HEALTH_PORT', 'LOG_LEVEL'],
    ]),
  );
});

test('the photo limit takes any notation of a number, in the API and in the worker', () => {
  const environment = { ...needed, MAX_IMAGE_BYTES: '2.5e7' };
  expect([readApi(environment).image.maxBytes, readWorker(environment).image.maxBytes]).toEqual([25e6, 25e6]);
});

test.each([readApi, readWorker, readDispatcher])(
  'the old name of S3’s time limit is refused, with the new one',
  (read) => {
    expect(() => read({ ...needed, STORAGE_TIMEOUT_MS: '1000' })).toThrow(
      /STORAGE_TIMEOUT_MS: is called S3_TIMEOUT_MS now/,
    );
  },
);

test('every variable is in the docs', async () => {
  const pages = ['api', 'worker', 'webhooks', 'batches', 's3', 'redis', 'cli', 'development'];
  const texts = await Promise.all(
    pages.map((page) => readFile(new URL(`../docs/${page}.md`, import.meta.url), 'utf8')),
  );
  const named = texts.join('\n').match(/\b[A-Z][A-Z\d_]+\b/g) ?? [];
  // An old name, which is refused; a more special one of the exporter; what the worker sets for its parser processes.
  const known = [...named, 'STORAGE_TIMEOUT_MS', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'ORT_DISABLE_TELEMETRY'];
  const files = secretSettings.map((name) => `${name}_FILE`);
  expect(known).toEqual(expect.arrayContaining([...(await variables()), ...files]));
});
