/** How a variable's text becomes a value. Every process reads a given kind of value the same way. */
import { z } from 'zod';
import { readTextFile } from '../environment/secret-variables.ts';

/** A whole number in any notation of JavaScript: `26214400`, `2.5e7`, `0x1900000`. */
export function wholeNumber(least: number, most: number) {
  return z.string().transform((text, context) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    context.addIssue({ code: 'custom', message: `must be a whole number from ${least} to ${most}` });
    return z.NEVER;
  });
}

/** 24 hours: more than anything here takes. */
const longestMs = 86_400_000;

export function milliseconds(least = 1) {
  return wholeNumber(least, longestMs);
}

export const text = z.string().min(1);

export const flag = z
  .enum(['true', 'false', '1', '0'], { error: 'must be true, false, 1 or 0' })
  .transform((value) => value === 'true' || value === '1');

/** @param schemes such as `['http', 'https']` */
export function url(schemes: readonly string[]) {
  const list = schemes.map((scheme) => `${scheme}://`).join(' or ');
  return z.url({ protocol: new RegExp(`^(${schemes.join('|')})$`), error: `must be a URL with ${list}` });
}

const longestHost = 253;

/**
 * Host names or addresses, comma separated; each may have a port, and an IPv6 address then has brackets.
 * @param defaultPort of those without one
 */
export function addressList(defaultPort: number) {
  return z.string().transform((value, context) => {
    const addresses = value.split(',').map((part) => addressOf(part.trim(), defaultPort));
    if (addresses.every((address) => address !== undefined)) return addresses;
    context.addIssue({ code: 'custom', message: 'must be servers, such as `10.0.0.1:26379, cache-2.example`' });
    return z.NEVER;
  });
}

function addressOf(text: string, defaultPort: number): { readonly host: string; readonly port: number } | undefined {
  const {
    bracketed,
    plain,
    port = defaultPort,
  } = /^(?:\[(?<bracketed>[\da-f:.]+)\]|(?<plain>[\w.-]+))(?::(?<port>\d{1,5}))?$/i.exec(text)?.groups ?? {};
  const host = bracketed ?? plain;
  const isValid = host !== undefined && host.length <= longestHost && Number(port) > 0 && Number(port) <= 65_535;
  return isValid ? { host, port: Number(port) } : undefined;
}

/** A bundle of all authorities of a system has 200 kB. */
const maxPemBytes = 2 ** 20;

/** The path of a file in the PEM format; becomes the file's text. */
export const pemFile = text.transform((path, context) => {
  const found = readTextFile(path, maxPemBytes);
  const fault = typeof found === 'string' ? undefined : found.fault;
  const isPem = typeof found === 'string' && found.includes('-----BEGIN ');
  if (typeof found === 'string' && isPem) return found;
  context.addIssue({ code: 'custom', message: fault ?? 'names a file that is not in the PEM format' });
  return z.NEVER;
});

/** The old name of a variable: if it is still set, the process does not start and says the new name. */
export function renamedTo(name: string) {
  return z.never({ error: `is called ${name} now` }).optional();
}
