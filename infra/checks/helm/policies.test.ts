import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parseManifests } from './manifests.ts';
import { faultsOf, podSecurityLevel } from './policies.ts';
import { settingNames } from './service-settings.ts';

const base = new URL('../../k8s/base/', import.meta.url);
const names = await settingNames();

/** The manifests of the workers and what they refer to, with a text replaced. */
async function manifestsWith(pattern: string | RegExp, replacement: string) {
  const files = ['settings', 'workers', 'network-policies'];
  const texts = await Promise.all(files.map((file) => readFile(new URL(`${file}.yaml`, base), 'utf8')));
  const text = texts.join('\n---\n');
  const changed = text.replace(pattern, replacement);
  if (replacement !== '') expect(changed).not.toBe(text);
  const others = /^m2fp-(?:api|dispatcher)$/;
  return parseManifests(changed).filter(({ metadata }) => !others.test(metadata.name));
}

test('manifests as they are have no faults', async () => {
  expect(faultsOf({ manifests: await manifestsWith('', ''), names })).toEqual([]);
});

test.each([
  ['requests: { cpu: "2", memory: 1Gi }', 'requests: {}', 'requests no CPU or no memory'],
  ['limits: { memory: 1Gi }', 'limits: {}', 'has no limit of memory'],
  ['allowPrivilegeEscalation: false', 'privileged: true', 'may gain privileges'],
  ['readOnlyRootFilesystem: true', 'readOnlyRootFilesystem: false', 'can write to its image'],
  ['drop: [ALL]', 'drop: []', 'keeps capabilities'],
  ['drop: [ALL]', 'drop: [ALL]\n              add: [SYS_ADMIN]', 'asks for SYS_ADMIN'],
  ['automountServiceAccountToken: false', 'automountServiceAccountToken: true', 'has a token of its service account'],
  ['enableServiceLinks: false', 'enableServiceLinks: true', 'gets variables of other services'],
  ['type: RuntimeDefault', 'type: Unconfined', 'has no seccomp profile'],
  ['livenessProbe:', 'livelyProbe:', 'has no livenessProbe'],
  ['path: /readyz, port: health', 'path: /readyz, port: http', 'has no port http for its readinessProbe'],
  [
    /image: "m2fp-worker:[^"]+"/,
    'image: "m2fp-worker:latest"',
    'has the image m2fp-worker:latest, of no fixed version',
  ],
  ['name: CONCURRENCY', 'name: CONCURRENT', 'has CONCURRENT, which is no setting of the worker'],
  ['value: "2"', 'value: "many"', 'CONCURRENCY: must be a whole number'],
  ['S3_REGION: "us-east-1"', 'S3_ENDPOINT: "http://me:secret@s3"', 'has a password in S3_ENDPOINT'],
  ['S3_REGION: "us-east-1"', 'MAX_BACKLOG: "5"', 'has MAX_BACKLOG, which is no setting of the worker'],
  ['value: "/run/secrets/m2fp/redis-url"', 'value: "/etc/redis"', 'has REDIS_URL_FILE, but no file /etc/redis'],
  ['name: REDIS_URL_FILE', 'name: REDIS_URL', 'has REDIS_URL, which is no setting of the worker'],
  [/value: "(?=\/bundles)/, 'valueFrom: { secretKeyRef: {} }\n              other: "', 'from a Secret or field'],
  [/policyTypes: \[Ingress, Egress\](?![^]*policyTypes)/, 'policyTypes: [Ingress]', 'has no network policy'],
  [
    /- to:\n +- ipBlock:\n +cidr: 0.0.0.0\/0\n(?= +ports:)(?![^]*0\.0\.0\.0\/0\n +ports:)/,
    '-\n',
    'lets pods out to anywhere',
  ],
  ['kind: PodDisruptionBudget', 'kind: Secret', 'has secrets in the values'],
  ['      m2fp/worker: portrait\n---', '      m2fp/worker: people\n---', 'selects no pods'],
])('%s → %s', async (pattern, replacement, fault) => {
  const faults = faultsOf({ manifests: await manifestsWith(pattern, replacement), names });
  expect(faults.join('\n')).toContain(fault);
});

test('a worker that starts as root needs the level baseline', () => {
  const container = (securityContext: object) => ({
    containers: [{ name: 'worker', image: 'm2fp-worker:1', securityContext }],
    securityContext: { seccompProfile: { type: 'RuntimeDefault' } },
  });
  const locked = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  expect(podSecurityLevel(container({ ...locked, runAsNonRoot: true }))).toBe('restricted');
  expect(podSecurityLevel(container(locked))).toBe('baseline');
  const capabilities = { drop: ['ALL'], add: ['SETUID', 'SETGID', 'KILL'] };
  expect(podSecurityLevel(container({ ...locked, capabilities }))).toBe('baseline');
});
