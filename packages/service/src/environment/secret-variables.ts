/** Which environment variables hold secrets, and how they come from files instead. Needs no other module. */
import { readFileSync, statSync } from 'node:fs';

/** Settings that can be given as `NAME_FILE`, the path of a file that holds the value. */
export const secretSettings = [
  ...['REDIS_URL', 'REDIS_SENTINEL_PASSWORD', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
  // Read by the exporter of traces itself, from `process.env`.
  ...['OTEL_EXPORTER_OTLP_HEADERS', 'OTEL_EXPORTER_OTLP_TRACES_HEADERS'],
] as const;

/** Far more than any key or token, and little enough to read whatever the path names. */
const maxSecretBytes = 65_536;

/**
 * Variables by what their names say, ours and those of others: AWS_CONTAINER_AUTHORIZATION_TOKEN, NPM_TOKEN,
 * DB_PASSWORD. One too many does no harm.
 */
const secretName =
  /secret|token|password|passwd|passphrase|credential|private|access_?key|api_?key|auth|headers|cookie/i;
/** Not a secret, only where one is. */
const pathName = /_(?:file|path|dir|sock)$/i;
const urlWithPassword = /^[a-z][a-z\d+.-]*:\/\/[^/?#\s]*@/i;

/** Names of the variables whose values nobody else should read. */
export function secretsIn(environment: NodeJS.ProcessEnv): string[] {
  return Object.entries(environment).flatMap(([name, value]) => {
    if (value === undefined || value === '' || pathName.test(name)) return [];
    return secretName.test(name) || urlWithPassword.test(value) ? [name] : [];
  });
}

export interface SecretFiles {
  /** Values by the name of their variable. */
  readonly values: ReadonlyMap<string, string>;
  /** What is wrong, by the name of the variable; never with a value. */
  readonly faults: ReadonlyMap<string, string>;
}

/** Reads the files of all `NAME_FILE` that are set. One newline at the end does not count. */
export function readSecretFiles(environment: NodeJS.ProcessEnv): SecretFiles {
  const values = new Map<string, string>();
  const faults = new Map<string, string>();
  for (const name of secretSettings) {
    const variable = `${name}_FILE`;
    const path = environment[variable];
    if (path === undefined || path === '') continue;
    if ((environment[name] ?? '') !== '') {
      faults.set(variable, `is one too many: ${name} is set too`);
      continue;
    }
    const found = readTextFile(path, maxSecretBytes);
    if (typeof found === 'string') values.set(name, found);
    else faults.set(variable, found.fault);
  }
  return { values, faults };
}

/** The text of a file that a variable names, without a newline at the end; or what is wrong with the variable. */
export function readTextFile(path: string, maxBytes: number): string | { readonly fault: string } {
  try {
    // A pipe or a device may never end.
    const file = statSync(path);
    if (!file.isFile() || file.size > maxBytes) {
      return { fault: `must be the path of a file of at most ${maxBytes} bytes` };
    }
    const text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    return text === '' ? { fault: 'names a file that is empty' } : text;
  } catch (error) {
    const { code = 'unknown error' } = error as NodeJS.ErrnoException;
    return { fault: `names a file that cannot be read (${code})` };
  }
}

/**
 * Puts the secrets of files where libraries look for theirs, in `environment`, and removes the variables that named the
 * files. If any file is at fault, nothing is changed: `readSettings` says what is wrong.
 */
export function takeSecretFiles(environment: NodeJS.ProcessEnv = process.env): void {
  const { values, faults } = readSecretFiles(environment);
  if (faults.size > 0) return;
  for (const [name, value] of values) {
    environment[name] = value;
    Reflect.deleteProperty(environment, `${name}_FILE`);
  }
}

/** Names of the secrets that this process was started with: another process of the same user can read them (Linux). */
export function secretsInPlainSight(): string[] {
  let block: string;
  try {
    block = readFileSync('/proc/self/environ', 'utf8');
  } catch {
    return [];
  }
  const variables = block.split('\0').map((line) => {
    const end = line.indexOf('=');
    return [line.slice(0, end), line.slice(end + 1)];
  });
  return secretsIn(Object.fromEntries(variables) as NodeJS.ProcessEnv);
}
