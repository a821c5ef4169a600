/**
 * An HTTP agent that reaches public addresses only. It resolves a name itself, checks every address that comes back,
 * and connects to one of those very addresses: a name that resolves differently a moment later changes nothing. It is
 * made for one request, so that no open connection outlives the check.
 */
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { bounds } from '@m2fp/contract';
import { isAllowedAddress, targetFault, type TargetRules } from '@m2fp/queue/webhooks';
import { Agent, buildConnector } from 'undici';

/** Every address of a name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

export interface GuardSettings {
  readonly rules: TargetRules;
  /** For the connection, and for each part of the answer. */
  readonly timeoutMs: number;
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

export function createGuardedAgent(settings: GuardSettings): Agent {
  const { timeoutMs } = settings;
  const connector = buildConnector({ timeout: timeoutMs, allowH2: false, maxCachedSessions: 0 });
  return new Agent({
    pipelining: 0,
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    maxHeaderSize: bounds.webhookAnswer.max,
    connect: (options, callback) => {
      open(options, connector, settings).then(
        (socket) => callback(null, socket),
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
      );
    },
  });
}

async function open(options: ConnectOptions, connector: Connector, settings: GuardSettings): Promise<Socket> {
  const { protocol, port } = options;
  const fault = targetFault(`${protocol}//${options.host ?? options.hostname}`, settings.rules);
  if (fault !== undefined) throw new TargetRefused(fault);
  const name = options.hostname.replace(/^\[|\]$/g, '');
  const addresses = await resolveAllowed(name, settings);
  const servername = isIP(name) === 0 ? name : '';
  let failure: unknown;
  for (const address of addresses) {
    try {
      return await connect(connector, { ...options, protocol, port, hostname: address, servername });
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

/** One address that is not allowed rules out the name: its owner cannot be trusted with the others. */
async function resolveAllowed(name: string, { rules, resolve = systemResolve }: GuardSettings): Promise<string[]> {
  const addresses = isIP(name) === 0 ? await resolve(name) : [name];
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

async function systemResolve(name: string): Promise<string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}
