/**
 * A process's settings, read from its environment once, before anything starts. An application composes them from
 * fragments: zod objects over variables, each of which makes its own part of the settings.
 */
import { z } from 'zod';
import { readSecretFiles } from '../environment/secret-variables.ts';

/** Turns variables into one part of the settings. */
export type Fragment = z.core.$ZodType;

export type SettingsOf<Fragments extends Readonly<Record<string, Fragment>>> = {
  readonly [Name in keyof Fragments]: z.output<Fragments[Name]>;
};

/** Why a process does not start, to be shown to its operator as is. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}

/**
 * Frozen. An empty variable counts as unset, as in a compose file's `NAME: ${NAME:-}`; a secret may be in the file that
 * `NAME_FILE` names. Throws a `ConfigError` that lists every variable that is missing or wrong, one per line, and never
 * the value.
 * @param app as in "The worker cannot start"
 */
export function readSettings<Fragments extends Readonly<Record<string, Fragment>>>(
  app: string,
  fragments: Fragments,
  environment: NodeJS.ProcessEnv,
): SettingsOf<Fragments> {
  const secrets = readSecretFiles(environment);
  const given = {
    ...Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== '')),
    ...Object.fromEntries(secrets.values),
  };
  const settings: Record<string, unknown> = {};
  const faults = new Map(secrets.faults);
  for (const [name, fragment] of Object.entries(fragments)) {
    const parsed = z.safeParse(fragment, given);
    if (parsed.success) settings[name] = freeze(parsed.data);
    for (const { path, message } of parsed.error?.issues ?? []) {
      const variable = String(path[0] ?? name);
      if (!faults.has(variable)) faults.set(variable, message);
    }
  }
  if (faults.size > 0) throw new ConfigError(describe(app, faults));
  // Each fragment has parsed its own part.
  return Object.freeze(settings) as SettingsOf<Fragments>;
}

function describe(app: string, faults: ReadonlyMap<string, string>): string {
  const lines = [...faults].map(([variable, message]) => `  ${variable}: ${message}`);
  return [`The ${app} cannot start: these environment variables are missing or wrong.`, ...lines].join('\n');
}

function freeze(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
}
