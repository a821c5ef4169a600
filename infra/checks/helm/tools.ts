/**
 * The programs and schemas that `npm run check:infra` works with: found on the PATH, or fetched once through the
 * clients of package registries (Go's modules, PyPI) into a folder that git ignores.
 */
import { execFile } from 'node:child_process';
import { access, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';

const execute = promisify(execFile);
const cacheFolder = path.resolve('.cache/check-infra');
/** For a program to be built from source. */
const longestMs = 30 * 60_000;

const goPrograms = {
  helm: 'helm.sh/helm/v3/cmd/helm@v3.22.0',
  kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0',
} as const;

/** Brings the schemas of Kubernetes' own kinds. */
const schemaPackage = 'kubernetes-validate==1.37.0';
/** The oldest version that the chart installs on, and the newest with schemas. */
export const kubernetesVersions = ['1.31.0', '1.37.0'] as const;

/** Modules that have CRDs, and the folder of those. */
const crdModules = [
  ['github.com/kedacore/keda/v2@v2.21.0', 'config/crd/bases'],
  ['github.com/prometheus-operator/prometheus-operator@v0.85.0', 'example/prometheus-operator-crd'],
  ['sigs.k8s.io/gateway-api@v1.4.1', 'config/crd/standard'],
] as const;

export interface Output {
  readonly ok: boolean;
  readonly stdout: string;
  /** Both streams. */
  readonly text: string;
}

/** Runs a program and waits for its end. Throws only if there is no such program. */
export async function run(program: string, args: readonly string[], input?: string): Promise<Output> {
  const running = execute(program, args, { maxBuffer: 2 ** 28, timeout: longestMs });
  running.child.stdin?.end(input);
  try {
    const { stdout, stderr } = await running;
    return { ok: true, stdout, text: stdout + stderr };
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string };
    if (code === 'ENOENT') throw new MissingTool(program);
    return { ok: false, stdout, text: stdout + stderr };
  }
}

/** What to install, and how. */
class MissingTool extends Error {
  constructor(program: string) {
    const advice: Readonly<Record<string, string>> = {
      go: 'Go from https://go.dev/dl (it builds helm and kubeconform, and fetches CRDs)',
      python3: 'Python 3 with pip (it fetches the schemas of Kubernetes)',
      promtool: "Prometheus' promtool (Debian and Ubuntu: apt install prometheus; macOS: brew install prometheus)",
    };
    super(`There is no ${program} on the PATH. Install ${advice[program] ?? program}.`);
    this.name = 'MissingTool';
  }
}

export async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/** The path or name of a program that is built from source if there is none. */
export async function findProgram(name: keyof typeof goPrograms): Promise<string> {
  const built = path.join(cacheFolder, 'bin', name);
  if (await isThere(built)) return built;
  const onPath = await run(name, [name === 'helm' ? 'version' : '-v']).catch((error: unknown) => {
    if (error instanceof MissingTool) return undefined;
    throw error;
  });
  if (onPath?.ok === true) return name;
  console.log(`Building ${goPrograms[name]}; helm takes some minutes, once.`);
  const folder = path.dirname(built);
  await mkdir(folder, { recursive: true });
  const done = await run('env', [`GOBIN=${folder}`, 'go', 'install', goPrograms[name]]);
  if (!done.ok) throw done.text.includes("env: 'go'") ? new MissingTool('go') : new Error(done.text);
  return built;
}

/** A folder that is made once; a run that was cut short leaves none. */
async function makeOnce(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const folder = path.join(cacheFolder, name);
  if (await isThere(folder)) return folder;
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await fill(unfinished);
  await rename(unfinished, folder);
  return folder;
}

/** Where kubeconform finds the schemas of Kubernetes' own kinds: one folder per version. */
export async function kubernetesSchemas(): Promise<string> {
  return makeOnce(`${schemaPackage.replace('==', '-')}-${kubernetesVersions.join('-')}`, async (folder) => {
    const download = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', folder];
    const downloaded = await run('python3', [...download, schemaPackage]);
    if (!downloaded.ok) throw new Error(downloaded.text);
    const wheel = path.join(folder, (await readdir(folder)).find((name) => name.endsWith('.whl')) ?? '');
    const unpacked = path.join(folder, 'wheel');
    const unpacking = await run('python3', ['-m', 'zipfile', '-e', wheel, unpacked]);
    if (!unpacking.ok) throw new Error(unpacking.text);
    for (const version of kubernetesVersions) {
      const from = path.join(unpacked, `kubernetes_validate/kubernetes-json-schema/v${version}-local-strict`);
      await mkdir(path.join(folder, version));
      for (const name of await readdir(from)) {
        const schema = await readFile(path.join(from, name), 'utf8');
        await writeFile(path.join(folder, version, name), withLocalReferences(schema));
      }
    }
    for (const rest of [wheel, unpacked]) await rm(rest, { recursive: true });
  });
}

/** The package resolves references in memory; kubeconform looks for them beside the file. */
function withLocalReferences(text: string): string {
  const schema = JSON.parse(text.replaceAll('"/api/_definitions.json#', '"_definitions.json#')) as { $id?: string };
  delete schema.$id;
  return JSON.stringify(schema);
}

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  additionalProperties?: Schema | boolean;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
}

/** As the API server is with `fieldValidation: Strict`: what a CRD does not name is refused. */
function makeStrict(schema: Schema): void {
  const { properties, items, additionalProperties } = schema;
  for (const part of Object.values(properties ?? {})) makeStrict(part);
  if (items !== undefined) makeStrict(items);
  if (typeof additionalProperties === 'object') makeStrict(additionalProperties);
  if (properties === undefined || additionalProperties !== undefined) return;
  schema.additionalProperties = schema['x-kubernetes-preserve-unknown-fields'] === true;
}

interface Crd {
  readonly kind: string;
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
  };
}

/** Where kubeconform finds the schemas of KEDA's, the Prometheus operator's and the Gateway API's kinds. */
export async function crdSchemas(): Promise<string> {
  const name = `crds-${crdModules.map(([module]) => module.slice(module.indexOf('@') + 1)).join('-')}`;
  return makeOnce(name, async (folder) => {
    for (const [module, inside] of crdModules) {
      const { ok, stdout, text } = await run('go', ['mod', 'download', '-json', module]);
      if (!ok) throw new Error(text);
      const { Dir } = JSON.parse(stdout) as { Dir: string };
      for (const file of await readdir(path.join(Dir, inside))) {
        if (!file.endsWith('.yaml')) continue;
        const documents = parseAllDocuments(await readFile(path.join(Dir, inside, file), 'utf8'));
        for (const document of documents) await writeSchemas(document.toJS() as Crd | null, folder);
      }
    }
  });
}

async function writeSchemas(crd: Crd | null, folder: string): Promise<void> {
  if (crd?.kind !== 'CustomResourceDefinition') return;
  for (const { name, schema } of crd.spec.versions) {
    makeStrict(schema.openAPIV3Schema);
    const file = `${crd.spec.names.kind}_${name}.json`.toLowerCase();
    await mkdir(path.join(folder, crd.spec.group), { recursive: true });
    await writeFile(path.join(folder, crd.spec.group, file), JSON.stringify(schema.openAPIV3Schema));
  }
}
