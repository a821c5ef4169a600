/** What every rendered manifest has to keep, whatever the values: each function returns what is wrong, in sentences. */
import { fileURLToPath } from 'node:url';
import { type Container, type Manifest, type PodSpec } from './manifests.ts';
import { answerOf, serviceNames, type ServiceName, type SettingNames } from './service-settings.ts';

/** In place of certificates, which are in Secrets: what a service reads of it is only that it is PEM. */
const madeUpFile = fileURLToPath(new URL('made-up.pem', import.meta.url));
/** What a worker takes to run parsers under other users (docs/security.md). */
const workerCapabilities = ['SETUID', 'SETGID', 'KILL'];
const hasPassword = (value: string): boolean => URL.canParse(value) && new URL(value).password !== '';

export type PodSecurityLevel = 'restricted' | 'baseline';

/** The level of Pod Security Standards that a pod needs, or why no level below `privileged` admits it. */
export function podSecurityLevel(pod: PodSpec): PodSecurityLevel | { readonly refused: string } {
  let level: PodSecurityLevel = 'restricted';
  for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
    const context = container.securityContext ?? {};
    const { add = [], drop = [] } = context.capabilities ?? {};
    const other = add.filter((capability) => !workerCapabilities.includes(capability));
    if (other.length > 0) return { refused: `${container.name} asks for ${other.join(', ')}` };
    const isNonRoot = context.runAsNonRoot ?? pod.securityContext?.runAsNonRoot ?? false;
    const isUnprivileged = context.allowPrivilegeEscalation === false && drop.includes('ALL') && add.length === 0;
    if (!isNonRoot || !isUnprivileged || pod.securityContext?.seccompProfile?.type !== 'RuntimeDefault') {
      level = 'baseline';
    }
  }
  return level;
}

function isPinned(image: string): boolean {
  const name = image.slice(image.lastIndexOf('/') + 1);
  return image.includes('@') || (name.includes(':') && !name.endsWith(':latest'));
}

function containerFaults(container: Container, isMain: boolean): string[] {
  const { resources, securityContext: context, image } = container;
  const faults = [
    ...(resources?.requests?.['cpu'] && resources.requests['memory'] ? [] : ['requests no CPU or no memory']),
    ...(resources?.limits?.['memory'] ? [] : ['has no limit of memory']),
    ...(context?.allowPrivilegeEscalation === false ? [] : ['may gain privileges']),
    ...(context?.readOnlyRootFilesystem === true ? [] : ['can write to its image']),
    ...(context?.capabilities?.drop?.includes('ALL') === true ? [] : ['keeps capabilities']),
    ...(isPinned(image) ? [] : [`has the image ${image}, of no fixed version`]),
  ];
  if (!isMain) return faults;
  const ports = (container.ports ?? []).map(({ name }) => name);
  for (const name of ['startupProbe', 'readinessProbe', 'livenessProbe'] as const) {
    const get = container[name]?.httpGet;
    if (get === undefined) faults.push(`has no ${name}`);
    else if (!ports.includes(get.port)) faults.push(`has no port ${get.port} for its ${name}`);
  }
  return faults;
}

function podFaults(pod: PodSpec): string[] {
  const level = podSecurityLevel(pod);
  return [
    ...(typeof level === 'object' ? [level.refused] : []),
    ...(pod.automountServiceAccountToken === false ? [] : ['has a token of its service account']),
    ...(pod.enableServiceLinks === false ? [] : ['gets variables of other services']),
    ...(pod.securityContext?.seccompProfile?.type === 'RuntimeDefault' ? [] : ['has no seccomp profile']),
    ...(pod.initContainers ?? []).flatMap((container) => containerFaults(container, false)),
    ...pod.containers.flatMap((container) => containerFaults(container, true)),
  ];
}

/** The whole environment of a container, as its service will see it; secrets of files are made up. */
function environmentOf(container: Container, manifests: readonly Manifest[]): Record<string, string> {
  const maps = (container.envFrom ?? []).map(({ configMapRef }) => configMapRef?.name);
  const common = manifests.filter(({ kind, metadata }) => kind === 'ConfigMap' && maps.includes(metadata.name));
  const own = (container.env ?? []).map(({ name, value = '' }) => [name, value] as const);
  return Object.assign({}, ...common.map(({ data }) => data), Object.fromEntries(own)) as Record<string, string>;
}

function environmentFaults(service: ServiceName, pod: PodSpec, given: GivenManifests): string[] {
  const container = pod.containers.find(({ name }) => name === service);
  if (container === undefined) return [`has no container ${service}`];
  const { settings, secrets } = given.names[service];
  const environment = environmentOf(container, given.manifests);
  const faults = (container.env ?? []).flatMap(({ name, valueFrom }) =>
    valueFrom === undefined ? [] : [`has ${name} in its environment, from a Secret or field`],
  );
  const files = mountedFiles(container, pod);
  const seen: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    const secret = name.replace(/_FILE$/, '');
    if (secret !== name && secrets.includes(secret)) {
      if (!files.includes(value)) faults.push(`has ${name}, but no file ${value}`);
      seen[secret] = secret.endsWith('URL') ? 'rediss://redis:6379' : 'secret';
    } else if (secret !== name && settings.includes(name)) {
      if (!files.includes(value)) faults.push(`has ${name}, but no file ${value}`);
      seen[name] = madeUpFile;
    } else if (!settings.includes(name) && !/^OTEL_/.test(name)) {
      faults.push(`has ${name}, which is no setting of the ${service}`);
    } else if (hasPassword(value)) {
      faults.push(`has a password in ${name}`);
    } else seen[name] = value;
  }
  const { fault } = answerOf(service, seen);
  return fault === undefined ? faults : [...faults, fault];
}

/** Paths of the files that come from Secrets. */
function mountedFiles(container: Container, pod: PodSpec): string[] {
  return (container.volumeMounts ?? []).flatMap(({ name, mountPath }) => {
    const items = pod.volumes?.find((volume) => volume.name === name)?.secret?.items ?? [];
    return items.map((item) => `${mountPath}/${item.path}`);
  });
}

function isSelected(
  labels: Readonly<Record<string, string>>,
  by: Readonly<Record<string, string>> | undefined,
): boolean {
  return by !== undefined && Object.entries(by).every(([name, value]) => labels[name] === value);
}

/** The labels of the pods that an object is about; undefined if it is not about pods. */
function podLabelsOf(kind: string, spec: Manifest['spec']): Readonly<Record<string, string>> | undefined {
  if (kind === 'Service') return spec?.selector;
  if (kind === 'NetworkPolicy') return spec?.podSelector?.matchLabels;
  return kind === 'PodDisruptionBudget' || kind === 'PodMonitor' ? spec?.selector?.matchLabels : undefined;
}

/** Selectors select something, scaled Deployments have no number of their own, every pod has a policy. */
function referenceFaults(manifests: readonly Manifest[]): string[] {
  const deployments = manifests.filter(({ kind }) => kind === 'Deployment');
  const labelsOf = ({ spec }: Manifest) => spec?.template?.metadata.labels ?? {};
  const policies = manifests.filter(({ kind }) => kind === 'NetworkPolicy');
  const faults: string[] = [];
  for (const { kind, metadata, spec } of manifests) {
    const what = `${kind} ${metadata.name}`;
    const wanted = podLabelsOf(kind, spec);
    if (wanted !== undefined && !deployments.some((deployment) => isSelected(labelsOf(deployment), wanted))) {
      faults.push(`${what} selects no pods`);
    }
    const target = spec?.scaleTargetRef?.name;
    const scaled = deployments.find((deployment) => deployment.metadata.name === target);
    if (target !== undefined && scaled === undefined) faults.push(`${what} scales ${target}, which is not there`);
    if (scaled?.spec?.replicas !== undefined) faults.push(`${what} scales ${target}, which says its number itself`);
    for (const rule of kind === 'NetworkPolicy' ? (spec?.egress ?? []) : []) {
      if (!rule.to?.length || !rule.ports?.length) faults.push(`${what} lets pods out to anywhere`);
    }
    if (kind === 'Secret') faults.push(`${what} has secrets in the values`);
  }
  for (const deployment of deployments) {
    const own = policies.filter(({ spec }) => isSelected(labelsOf(deployment), spec?.podSelector?.matchLabels));
    const types = own.flatMap(({ spec }) => spec?.policyTypes ?? []);
    if (types.includes('Ingress') && types.includes('Egress')) continue;
    faults.push(`Deployment ${deployment.metadata.name} has no network policy`);
  }
  return faults;
}

export interface GivenManifests {
  readonly manifests: readonly Manifest[];
  readonly names: SettingNames;
}

/** Everything that is wrong with what a set of values renders. */
export function faultsOf({ manifests, names }: GivenManifests): string[] {
  const faults = referenceFaults(manifests);
  for (const { kind, metadata, spec } of manifests) {
    const pod = spec?.template?.spec;
    if (pod === undefined) continue;
    const component = metadata.labels?.['app.kubernetes.io/component'];
    const service = serviceNames.find((name) => name === component);
    const found = [
      ...podFaults(pod),
      ...(service === undefined
        ? [`is of no service: ${component}`]
        : environmentFaults(service, pod, { manifests, names })),
    ];
    faults.push(...found.map((fault) => `${kind} ${metadata.name} ${fault}`));
  }
  return faults;
}
