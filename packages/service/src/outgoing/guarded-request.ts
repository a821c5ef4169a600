/**
 * HTTP requests to where clients say, which reach public addresses only. A name is resolved here, every address that
 * comes back is checked, and one of those very addresses is connected to: a name that resolves differently a moment
 * later changes nothing. Each request has an agent of its own, so that no open connection outlives the check.
 */
import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { bounds } from '@m2fp/contract';
import { Agent, buildConnector, type Dispatcher, request } from 'undici';
import { isAllowedAddress, isLocalName, targetFault, type TargetRules } from './target.ts';

/** Every address of a name. May give up once the signal is aborted. */
export type Resolve = (hostname: string, signal?: AbortSignal) => Promise<readonly string[]>;

export interface GuardSettings {
  readonly rules: TargetRules;
  /** For the connection to each address, and for each part of the answer. The request's signal limits all of it. */
  readonly timeoutMs: number;
  /** Default: `createResolve()`. */
  readonly resolve?: Resolve;
}

/** The target may not be called. */
export class TargetRefused extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'TargetRefused';
  }
}

type ConnectOptions = buildConnector.Options;
type Connector = buildConnector.connector;
type Socket = NonNullable<Parameters<buildConnector.Callback>[1]>;

export interface GuardedRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly signal: AbortSignal;
}

/**
 * Sends one request and passes on what `use` makes of the answer; the connection is closed then. Redirects are not
 * followed. The signal ends it at any time. Throws `TargetRefused`, what `use` throws, undici's errors, and the
 * signal's reason.
 */
export async function guardedRequest<T>(
  { url, method, headers, body, signal }: GuardedRequest,
  settings: GuardSettings,
  use: (answer: Dispatcher.ResponseData) => Promise<T>,
): Promise<T> {
  // The agent checks once more, but is not told of all that a URL says.
  const fault = targetFault(url, settings.rules);
  if (fault !== undefined) throw new TargetRefused(fault);
  signal.throwIfAborted();
  const dispatcher = createGuardedAgent(settings, signal);
  const send = async (): Promise<T> => {
    const answer = await request(url, { method, headers, body: body ?? null, dispatcher, signal });
    // Closing the connection ends what is not read of it.
    answer.body.on('error', () => undefined);
    return use(answer);
  };
  try {
    return await untilAborted(send(), signal);
  } finally {
    void dispatcher.destroy();
  }
}

/** Undici looks at a request's signal only once there is a connection. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', abort, { once: true });
    const settle = (): void => signal.removeEventListener('abort', abort);
    work.finally(settle).then(resolve, reject);
  });
}

/** Whether undici gave up on the connection, or on the answer. */
export function isTimeout(error: unknown): boolean {
  return (
    error instanceof Error && 'code' in error && /^UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT$/.test(String(error.code))
  );
}

function createGuardedAgent(settings: GuardSettings, signal: AbortSignal): Agent {
  const { timeoutMs } = settings;
  // Whatever socket it opens is destroyed by the signal.
  const connector = buildConnector({ timeout: timeoutMs, allowH2: false, maxCachedSessions: 0, signal });
  return new Agent({
    pipelining: 0,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxHeaderSize: bounds.webhookAnswer.max,
    connect: (options, callback) => {
      open(options, connector, { ...settings, signal }).then(
        (socket) => callback(null, socket),
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
      );
    },
  });
}

type OpenSettings = GuardSettings & Pick<GuardedRequest, 'signal'>;

async function open(options: ConnectOptions, connector: Connector, settings: OpenSettings): Promise<Socket> {
  const { protocol, port } = options;
  const fault = targetFault(`${protocol}//${options.host ?? options.hostname}`, settings.rules);
  if (fault !== undefined) throw new TargetRefused(fault);
  const name = options.hostname.replace(/^\[|\]$/g, '');
  const addresses = await resolveAllowed(name, settings);
  const servername = isIP(name) === 0 ? name : '';
  let failure: unknown;
  for (const address of few(addresses)) {
    settings.signal.throwIfAborted();
    try {
      return await connect(connector, { ...options, protocol, port, hostname: address, servername });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** Those that are tried, in turn of both families: a machine may reach one family only. */
function few(addresses: readonly string[]): string[] {
  const families = [4, 6].map((family) => addresses.filter((address) => isIP(address) === family));
  const longest = Math.max(...families.map(({ length }) => length));
  const inTurn = Array.from({ length: longest }, (_, place) => families.flatMap((family) => family[place] ?? []));
  return inTurn.flat().slice(0, bounds.hostAddresses.max);
}

/** One address that is not allowed rules out the name: its owner cannot be trusted with the others. */
async function resolveAllowed(name: string, settings: OpenSettings): Promise<string[]> {
  const { rules, signal, resolve = createResolve() } = settings;
  const addresses = isIP(name) === 0 ? await resolve(name, signal) : [name];
  if (addresses.length === 0) throw new Error('The name has no address.');
  if (!addresses.every((address) => isAllowedAddress(address, rules))) {
    throw new TargetRefused('The name resolves to an address that is not public.');
  }
  return [...addresses];
}

function connect(connector: Connector, options: ConnectOptions): Promise<Socket> {
  return new Promise((resolve, reject) => {
    connector(options, (error, socket) => {
      if (error === null && socket !== null) resolve(socket);
      else reject(error ?? new Error('There is no connection.'));
    });
  });
}

/** For one try at one of the system's name servers, ms; the second try waits longer. */
const dnsTimeoutMs = 2_000;

/**
 * Asks name servers by itself. The system's resolver would occupy one of few threads for as long as a name's server
 * does not answer: twenty such names of one owner kept everybody's webhooks, and every new connection, waiting for
 * minutes. The price: what is only in the machine's own list of hosts is not found, which is nothing public anyway.
 * @param servers instead of the system's
 */
export function createResolve(servers?: readonly string[]): Resolve {
  return async (name, signal) => {
    // Allowed in development only.
    if (isLocalName(name)) return ['127.0.0.1', '::1'];
    const dns = new Resolver({ timeout: dnsTimeoutMs, tries: 2 });
    if (servers !== undefined) dns.setServers(servers);
    const cancel = (): void => dns.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    const answers = await Promise.allSettled([dns.resolve4(name), dns.resolve6(name)]);
    signal?.removeEventListener('abort', cancel);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    if (addresses.length > 0) return addresses;
    const failures = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason as Error] : []));
    // That there is no address of one family says nothing of the other, whose server may only be slow.
    const failure = failures.find((reason) => !isUnknownName(reason)) ?? failures[0];
    if (failure !== undefined) throw failure;
    return addresses;
  };
}

/** Whether name servers know of no such name, or of no address that it has. */
export function isUnknownName(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOTFOUND' || error.code === 'ENODATA');
}
