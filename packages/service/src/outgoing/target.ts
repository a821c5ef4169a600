/**
 * Which URLs of strangers may be called, webhooks and photos alike: publicly routable addresses and nothing else. An
 * address is checked in its parsed form, so that its spelling does not matter. A host name is checked by what it
 * resolves to, at each connect.
 */
import ipaddr from 'ipaddr.js';

export interface TargetRules {
  /** For development: 127.0.0.0/8 and ::1 are allowed too. */
  readonly allowLoopback: boolean;
}

/** In a public range, but answered by a cloud's host (Azure's WireServer: credentials, DNS). */
const hostServices = new Set(['168.63.129.16']);

/** What IANA has allocated as global unicast; outside it are ranges that no list of exceptions names. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/** @param address from a resolver or a socket: dotted decimal, or IPv6 without brackets */
export function isAllowedAddress(address: string, { allowLoopback }: TargetRules): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  const range = parsed.range();
  if (range === 'loopback') return allowLoopback;
  if (range !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv6 ? parsed.match(globalUnicast) : !hostServices.has(parsed.toString());
}

/** The URL's host if it is an address, without brackets. The URL parser has already normalized its spelling. */
function literalAddress({ hostname }: URL): string | undefined {
  const bare = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return ipaddr.isValid(bare) ? bare : undefined;
}

/** The web's two ports, and unprivileged ones: below 1024 are mail, shell and file servers. */
function isAllowedPort(port: string): boolean {
  return port === '' || port === '80' || port === '443' || Number(port) >= 1024;
}

/**
 * Why it may not be called, as far as the URL itself shows, as a sentence to show; undefined if it may. What the
 * host name resolves to is checked separately, at each connect.
 */
export function targetFault(text: string, rules: TargetRules): string | undefined {
  const url = URL.parse(text);
  if (url === null) return 'This is not a URL.';
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'Only http:// and https:// URLs can be called.';
  if (url.username !== '' || url.password !== '') return 'The URL must not have a user name or password.';
  const address = literalAddress(url);
  if (address !== undefined) {
    if (!isAllowedAddress(address, rules)) return 'The address is not public.';
  } else if (isLocalName(url.hostname) && !rules.allowLoopback) return 'The host is this machine itself.';
  if (!isAllowedPort(url.port)) return 'The port must be 80, 443, or 1024 and above.';
  return undefined;
}

/** Whatever a name server says of it, it is this machine. */
export function isLocalName(hostname: string): boolean {
  return /^(.*\.)?localhost\.?$/.test(hostname);
}
