/**
 * `npm run check:infra`: the Helm chart, the plain manifests that are rendered from it, and Prometheus' rules. Lints
 * and renders the chart with the value files in its `ci`, checks what comes out against the schemas of Kubernetes,
 * KEDA, the Prometheus operator and the Gateway API and against our own policies, and that wrong values are refused.
 * With `--fix`, writes infra/k8s anew. What it lacks is found on the PATH or fetched, once: see helm/tools.ts.
 *
 * No cluster is needed, and none is asked.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { chart, parseManifests, renderChart, type Manifest, type PodSpec } from './helm/manifests.ts';
import { checkPlainManifests } from './helm/plain-manifests.ts';
import { faultsOf, podSecurityLevel } from './helm/policies.ts';
import { settingNames } from './helm/service-settings.ts';
import { crdSchemas, findProgram, isThere, kubernetesSchemas, kubernetesVersions, run } from './helm/tools.ts';

const fix = process.argv.includes('--fix');
const ci = `${chart}/ci`;

/** The Pod Security level that each set of values needs: `restricted`, unless parsers have users of their own. */
const levels: Readonly<Record<string, string>> = { production: 'baseline' };

/** More of them rarely say more. */
const mostLines = 30;

async function check(what: string, look: () => Promise<readonly string[]>): Promise<void> {
  const faults = await look();
  console.log(`${faults.length === 0 ? 'ok    ' : 'FAILED'} ${what}`);
  const lines = faults.flatMap((fault) => fault.trimEnd().split('\n'));
  for (const line of lines.slice(0, mostLines)) console.error(`       ${line}`);
  if (faults.length > 0) process.exitCode = 1;
}

const faultOf = ({ ok, text }: { readonly ok: boolean; readonly text: string }): string[] => (ok ? [] : [text]);

/** kubeconform's locations: a version of Kubernetes, then the CRDs. */
async function locations(version: string): Promise<string[]> {
  const kinds = path.join(await kubernetesSchemas(), version);
  return [
    ...['-schema-location', `${kinds}/{{ .ResourceKind }}{{ .KindSuffix }}.json`],
    ...['-schema-location', `${await crdSchemas()}/{{ .Group }}/{{ .ResourceKind }}_{{ .ResourceAPIVersion }}.json`],
  ];
}

async function checkSchemas(kubeconform: string, what: string, text: string): Promise<void> {
  for (const version of kubernetesVersions) {
    await check(`${what}: every field is in the schemas of Kubernetes ${version} and of the CRDs`, async () =>
      faultOf(await run(kubeconform, ['-strict', '-summary', ...(await locations(version)), '-'], text)),
    );
  }
}

function levelFaults(manifests: readonly Manifest[], wanted: string): string[] {
  const pods = manifests.flatMap(({ spec }) => (spec?.template === undefined ? [] : [spec.template.spec]));
  const found = pods.map(podSecurityLevel);
  const needed = found.find((level) => typeof level === 'object' || level === 'baseline') ?? 'restricted';
  return needed === wanted ? [] : [`needs ${JSON.stringify(needed)}`];
}

async function checkValues(helm: string, kubeconform: string): Promise<void> {
  const names = await settingNames();
  const files = (await readdir(ci)).filter((name) => name.endsWith('.yaml')).sort();
  if (files.length === 0) throw new Error(`${ci} has no values; run this from the repository's root`);
  for (const file of files) {
    const name = file.replace('.yaml', '');
    const values = ['-f', path.posix.join(ci, file)];
    await check(`${name}: helm lint --strict`, async () =>
      faultOf(await run(helm, ['lint', '--strict', chart, ...values])),
    );
    const rendered = await renderChart(helm, values);
    await check(`${name}: helm template`, async () => faultOf(rendered));
    if (!rendered.ok) continue;
    await checkSchemas(kubeconform, name, rendered.stdout);
    const manifests = parseManifests(rendered.stdout);
    await check(`${name}: our policies, and the services take their environments`, async () =>
      faultsOf({ manifests, names }),
    );
    const level = levels[name] ?? 'restricted';
    await check(`${name}: Pod Security level ${level}`, async () => levelFaults(manifests, level));
  }
}

/** Each file begins with `# refused: ` and a part of the message. */
async function checkRefusals(helm: string): Promise<void> {
  for (const file of (await readdir(`${ci}/refused`)).sort()) {
    const name = path.posix.join(ci, 'refused', file);
    const wanted = /^# refused: (.+)$/m.exec(await readFile(name, 'utf8'))?.[1] ?? 'a first line with the message';
    await check(`refused: ${file.replace('.yaml', '')}`, async () => {
      const { ok, text } = await renderChart(helm, ['-f', name]);
      if (ok) return ['It is accepted.'];
      return text.includes(wanted) ? [] : [`It is refused, but not with ${wanted}: ${text}`];
    });
  }
}

async function checkKustomize(kubeconform: string): Promise<void> {
  const kubectl = await run('kubectl', ['kustomize', 'infra/k8s']).catch(() => undefined);
  if (kubectl === undefined) return console.log('skip   infra/k8s: there is no kubectl to compose it');
  await check('infra/k8s: kubectl kustomize', async () => faultOf(kubectl));
  await checkSchemas(kubeconform, 'infra/k8s', kubectl.stdout);
  await check('infra/k8s: our policies', async () =>
    faultsOf({ manifests: parseManifests(kubectl.stdout), names: await settingNames() }),
  );
}

/** It is used by hand, and in no kustomization. */
async function checkKeysPod(kubeconform: string): Promise<void> {
  const text = await readFile('infra/k8s/keys.yaml', 'utf8');
  await checkSchemas(kubeconform, 'infra/k8s/keys.yaml', text);
  await check('infra/k8s/keys.yaml: Pod Security level restricted', async () => {
    const pods = parseManifests(text).map(({ spec }) => spec as unknown as PodSpec);
    return pods.every((pod) => podSecurityLevel(pod) === 'restricted') ? [] : ['It needs another one.'];
  });
}

async function checkPrometheus(): Promise<void> {
  const rules = 'infra/prometheus/rules.yml';
  if (!(await isThere(rules))) return;
  await check('promtool check rules', async () => faultOf(await run('promtool', ['check', 'rules', rules])));
  const tests = 'infra/prometheus/rules.test.yml';
  await check('promtool test rules', async () => faultOf(await run('promtool', ['test', 'rules', tests])));
}

const helm = await findProgram('helm');
const kubeconform = await findProgram('kubeconform');
await checkValues(helm, kubeconform);
await checkRefusals(helm);
await check('infra/k8s is what the chart renders', async () => checkPlainManifests(helm, fix));
await checkKustomize(kubeconform);
await checkKeysPod(kubeconform);
await checkPrometheus();
