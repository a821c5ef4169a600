/** The chart and the manifests that are rendered from it, held to the code; without Helm, which check:infra needs. */
import { readdir, readFile } from 'node:fs/promises';
import { startProbeServer } from '@m2fp/service/probes';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { createTestApi } from '../../../apps/api/testing/test-api.ts';
import { parseManifests, type Manifest } from './manifests.ts';
import { isRendered } from './plain-manifests.ts';
import { faultsOf } from './policies.ts';
import { serviceNames, settingNames } from './service-settings.ts';
import { valuesDocument } from './values-document.ts';

const settings = await settingNames();
const root = new URL('../../../', import.meta.url);
const chart = 'infra/helm/m2fp';
const read = (path: string): Promise<string> => readFile(new URL(path, root), 'utf8');
const readValues = async (): Promise<Values> => parse(await read(`${chart}/values.yaml`)) as Values;
type Values = Readonly<Record<string, unknown>>;

async function plainManifests(): Promise<Manifest[]> {
  const files = await readdir(new URL('infra/k8s', root), { recursive: true });
  const rendered = files.filter(isRendered).sort();
  expect(rendered.length).toBeGreaterThan(6);
  const texts = await Promise.all(rendered.map((file) => read(`infra/k8s/${file}`)));
  // As the component for KEDA does, which says the number of workers itself.
  return parseManifests(texts.map((text) => text.replace(/^ {2}replicas: 1\n/m, '')).join('\n---\n'));
}

test('the chart knows the settings of each service', async () => {
  const names = `${JSON.stringify(settings, undefined, 2)}\n`;
  await expect(names).toMatchFileSnapshot('../../helm/m2fp/settings.json');
});

test('docs/kubernetes-values.md says what values.yaml says', async () => {
  await expect(await valuesDocument(await read(`${chart}/values.yaml`))).toMatchFileSnapshot(
    '../../../docs/kubernetes-values.md',
  );
});

test('the chart is for the version of the images', async () => {
  const { version } = JSON.parse(await read('package.json')) as { version: string };
  expect(parse(await read(`${chart}/Chart.yaml`))).toMatchObject({ appVersion: version });
});

test('variables that templates set are settings of their service', async () => {
  for (const service of serviceNames) {
    const template = await read(`${chart}/templates/${service === 'worker' ? 'workers' : service}.yaml`);
    const set = template.match(/"[A-Z][A-Z\d_]{2,}"/g)?.map((name) => name.slice(1, -1)) ?? [];
    expect(set).toContain('SHUTDOWN_TIMEOUT_MS');
    expect(settings[service].settings).toEqual(expect.arrayContaining(set));
  }
});

test('values.schema.json takes values.yaml, and nothing that is misspelled at any depth', async () => {
  const schema = z.fromJSONSchema(JSON.parse(await read(`${chart}/values.schema.json`)) as never);
  const values = await readValues();
  expect(schema.safeParse(values).error).toBeUndefined();
  const misspelled = withOneMore(values);
  expect(misspelled.length).toBeGreaterThan(40);
  for (const one of misspelled) expect(schema.safeParse(one).success, JSON.stringify(one).slice(0, 80)).toBe(false);
});

/** Maps whose keys are anybody's: annotations, labels, selectors. */
const free =
  /^(?:annotations|labels|dashboardLabels|serviceAccountAnnotations|matchLabels|podSelector|namespaceSelector|ipBlock)$/;

const isList = (value: unknown): value is unknown[] => Array.isArray(value);

/** Copies of the values, each with a key too many in another one of its maps. */
function withOneMore(value: unknown): unknown[] {
  if (isList(value)) return value.flatMap((part, place) => withOneMore(part).map((one) => value.with(place, one)));
  if (typeof value !== 'object' || value === null) return [];
  const inside = Object.entries(value).flatMap(([name, part]) =>
    free.test(name) ? [] : withOneMore(part).map((one) => ({ ...value, [name]: one })),
  );
  return [{ ...value, misspelled: { value: true } }, ...inside];
}

test('every manifest keeps our policies, and the services take their environments', async () => {
  expect(faultsOf({ manifests: await plainManifests(), names: settings })).toEqual([]);
});

/** What Kubernetes, Prometheus and KEDA ask for, by component. */
function pathsOf(manifests: readonly Manifest[]): [component: string, path: string][] {
  const text = (manifest: Manifest): string => JSON.stringify(manifest);
  return manifests.flatMap((manifest) => {
    const component = manifest.metadata.labels?.['app.kubernetes.io/component'] ?? '';
    const paths = [...text(manifest).matchAll(/"path":"(\/[^"]*)"/g)].map(([, path = '']) => path);
    const urls = [...text(manifest).matchAll(/"url":"http:\/\/[^/]+(\/[^"]+)"/g)].map(([, path = '']) => path);
    return [
      ...paths.map((path): [string, string] => [component, path]),
      ...urls.map((path): [string, string] => ['api', path]),
    ];
  });
}

test('paths of probes, of metrics and of the backlog are there', async () => {
  const api = createTestApi();
  const metrics = async () => ({ contentType: 'text/plain', text: '' });
  const probes = await startProbeServer(
    { host: '127.0.0.1', port: 0 },
    { whatIsMissing: async () => ({ missing: [], reasons: {} }), metrics },
  );
  onTestFinished(() => probes.close());
  const asked = pathsOf(await plainManifests());
  expect(new Set(asked.map(([component]) => component))).toEqual(new Set(serviceNames));
  for (const [component, path] of asked) {
    const answer = component === 'api' ? await api.request(path) : await fetch(`${probes.url}${path}`);
    expect([path, answer.status]).toEqual([path, 200]);
    if (path.startsWith('/v1')) expect(await answer.json()).toHaveProperty('photos');
  }
});

test('ports are those that services listen on, and those of the images', async () => {
  const dockerfile = await read('infra/Dockerfile');
  for (const { metadata, spec } of await plainManifests()) {
    for (const { name, env = [], ports } of spec?.template?.spec.containers ?? []) {
      const port = env.find((variable) => /^(?:HEALTH_)?PORT$/.test(variable.name))?.value;
      expect(
        ports?.map(({ containerPort }) => String(containerPort)),
        metadata.name,
      ).toEqual([port]);
      const stage = dockerfile.slice(dockerfile.search(new RegExp(`^FROM \\S+ AS ${name}$`, 'm')));
      expect(/EXPOSE (\d+)/.exec(stage)?.[1]).toBe(port);
    }
  }
});

test('a pod is killed only after its service’s own deadlines', async () => {
  for (const { metadata, spec } of await plainManifests()) {
    const pod = spec?.template?.spec;
    const [container] = pod?.containers ?? [];
    if (pod === undefined || container === undefined) continue;
    const shutdownMs = Number(container.env?.find(({ name }) => name === 'SHUTDOWN_TIMEOUT_MS')?.value);
    // docs/deployment.md: what each takes at most.
    const neededMs = { api: 2 * shutdownMs + 5_000, worker: shutdownMs + 10_000, dispatcher: shutdownMs }[
      container.name
    ];
    expect((pod.terminationGracePeriodSeconds ?? 0) * 1_000, metadata.name).toBeGreaterThan(neededMs ?? Infinity);
  }
});

test('clients reach what is for them, and nothing that is for inside', async () => {
  const template = await read(`${chart}/templates/ingress.yaml`);
  const prefixes = /\$prefixes := list (.*) \}\}/.exec(template)?.[1]?.match(/\/[\w.]+/g) ?? [];
  const document = (await (await createTestApi().app.request('/openapi.json')).json()) as { paths: object };
  const paths = [...Object.keys(document.paths), '/docs', '/page/main.js', '/openapi.json', '/admin/queues'];
  const inside = /^\/(?:admin|metrics|healthz|readyz)/;
  for (const path of paths) {
    const isReached = prefixes.some((prefix) => path === prefix || path.startsWith(`${prefix}/`));
    expect([path, isReached]).toEqual([path, !inside.test(path)]);
  }
  // The Gateway's rules name the parts of /v1 one by one, as event streams are among jobs.
  for (const path of paths.filter((one) => one.startsWith('/v1/'))) {
    expect(template).toMatch(new RegExp(`[" ]/v1/${path.split('/')[2]}["\\s]`));
  }
});
