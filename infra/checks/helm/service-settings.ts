/**
 * Which variables each service reads, found out from the services themselves: a variable is a setting of a service if
 * some value of it changes the service's configuration or is refused.
 */
import { readFile } from 'node:fs/promises';
import { ownerShares } from '@m2fp/contract';
import { ConfigError, secretSettings } from '@m2fp/service/settings';
import { readConfig as readApi } from '../../../apps/api/src/config.ts';
import { readConfig as readDispatcher } from '../../../apps/dispatcher/src/config.ts';
import { readConfig as readWorker } from '../../../apps/worker/src/config.ts';

export const readers = { api: readApi, worker: readWorker, dispatcher: readDispatcher } as const;
export type ServiceName = keyof typeof readers;
export const serviceNames = Object.keys(readers) as ServiceName[];

export type SettingNames = Readonly<Record<ServiceName, { readonly settings: string[]; readonly secrets: string[] }>>;

/** Of every kind that settings have. */
const samples = ['abc', '1', '77', 'true', 'off', 'a/b/', 'debug', 'redis://h', 'http://h', 'host:1', '1,2'];
const needed = { S3_BUCKET: 'photos', AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' };
/** Some settings say nothing without another one. */
const circumstances = [needed, { ...needed, REDIS_SENTINELS: 'sentinel' }];

/** What a service says to an environment: its settings as JSON, or why it refuses it. */
export function answerOf(
  service: ServiceName,
  environment: NodeJS.ProcessEnv,
): { readonly fault?: string; json: string } {
  try {
    return { json: JSON.stringify(readers[service](environment)) };
  } catch (error) {
    if (error instanceof ConfigError) return { fault: error.message, json: '' };
    throw error;
  }
}

function isRead(service: ServiceName, name: string): boolean {
  return circumstances.some((given) => {
    const without = answerOf(service, given).json;
    return samples.some((value) => {
      const { fault, json } = answerOf(service, { ...given, [name]: value });
      return fault === undefined ? json !== without : !fault.includes('is called');
    });
  });
}

/** Names that the sources of the settings have, whether or not a service reads them. */
async function candidates(): Promise<string[]> {
  const sources = ['packages/service/src/settings/fragments.ts'].concat(
    serviceNames.map((service) => `apps/${service}/src/config.ts`),
  );
  const texts = await Promise.all(
    sources.map((source) => readFile(new URL(`../../../${source}`, import.meta.url), 'utf8')),
  );
  const named = texts.flatMap((text) => text.match(/\b[A-Z][A-Z\d_]+(?=:)/g) ?? []);
  return [
    ...new Set([...named, ...Object.values(ownerShares).map(({ setting }) => setting), ...secretSettings]),
  ].sort();
}

/** Sorted. Secrets are what `NAME_FILE` is for; those of the exporter of traces go where traces are sent from. */
export async function settingNames(): Promise<SettingNames> {
  const isSecret = (name: string): boolean => (secretSettings as readonly string[]).includes(name);
  const names = (await candidates()).filter((name) => !isSecret(name.replace(/_FILE$/, '')) || isSecret(name));
  const entries = serviceNames.map((service) => {
    const read = names.filter((name) => isRead(service, name));
    const traces = read.includes('OTEL_EXPORTER_OTLP_ENDPOINT');
    const secrets = names.filter(
      (name) => isSecret(name) && (read.includes(name) || (traces && name.startsWith('OTEL_'))),
    );
    return [service, { settings: read.filter((name) => !isSecret(name)), secrets }];
  });
  return Object.fromEntries(entries) as SettingNames;
}
