/** The manifests of infra/k8s, for those who use no Helm: what the chart renders, in files that kustomize composes. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { renderChart } from './manifests.ts';

const folder = 'infra/k8s';
const values = ['-f', `${folder}/values.yaml`];
const header =
  '# Rendered from infra/helm/m2fp by `npm run check:infra -- --fix`: change it there, or patch it in an overlay.\n';

/** Values that add the objects of a component of kustomize, and the templates that these come from. */
const components = [
  { name: 'keda', values: ['--set', 'workerDefaults.autoscaling.kind=keda'], templates: ['worker-scaling'] },
  {
    name: 'monitoring',
    values: ['--set', 'monitoring.monitors=true,monitoring.rules=true,monitoring.dashboards=true'],
    templates: ['monitoring'],
  },
] as const;

/** @param file below infra/k8s */
export function isRendered(file: string): boolean {
  return file.includes('/') && file.endsWith('.yaml') && !file.endsWith('kustomization.yaml');
}

/** What only an installation by Helm has. */
const ofHelm = /^ +(?:helm\.sh\/chart|app\.kubernetes\.io\/managed-by): .*\n/gm;

/** The documents of each template, by its name, as one file's text. */
function byTemplate(rendered: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const part of rendered.split(/^---\n/m)) {
    const template = /^# Source: \S+\/templates\/(\S+)\.yaml\n/.exec(part);
    if (template?.[1] === undefined) continue;
    const document = part.slice(template[0].length).replaceAll(ofHelm, '').trim();
    const others = files.get(template[1]);
    files.set(template[1], `${others === undefined ? header : `${others}---\n`}${document}\n`);
  }
  return files;
}

async function render(helm: string, args: readonly string[]): Promise<Map<string, string>> {
  const { ok, stdout, text } = await renderChart(helm, args);
  if (!ok) throw new Error(text);
  return byTemplate(stdout);
}

/** Every rendered file by its path below infra/k8s. */
async function plainManifests(helm: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const base = await render(helm, values);
  for (const [template, text] of base) files.set(path.posix.join('base', `${template}.yaml`), text);
  for (const component of components) {
    const all = await render(helm, [...values, ...component.values]);
    for (const template of component.templates) {
      const text = all.get(template);
      if (text !== undefined) files.set(path.posix.join(component.name, `${template}.yaml`), text);
    }
  }
  return files;
}

/** Returns what differs; with `fix`, writes it instead. */
export async function checkPlainManifests(helm: string, fix: boolean): Promise<string[]> {
  const wanted = await plainManifests(helm);
  const faults: string[] = [];
  const there = (await readdir(folder, { recursive: true })).filter(isRendered);
  for (const name of new Set([...wanted.keys(), ...there])) {
    const file = path.join(folder, name);
    const text = wanted.get(name);
    const found = there.includes(name) ? await readFile(file, 'utf8') : undefined;
    if (found === text) continue;
    if (!fix) faults.push(`${file} is not what the chart renders; run \`npm run check:infra -- --fix\``);
    else if (text === undefined) await rm(file);
    else {
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, text);
    }
  }
  return faults;
}
