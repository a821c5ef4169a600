import { randomBytes } from 'node:crypto';
import { ownerShares, prefixFault, shareNames } from '@m2fp/contract';
import type { ShareName } from '@m2fp/contract';
import { defaultScopes, operatorOwner, operatorScopes, ownerFault, scopes, sharedPrefixes } from '@m2fp/queue/access';
import type { KeyGrant, NewKey, Scope } from '@m2fp/queue/access';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type CommandContext, printJson, printLine } from '../command-context.ts';
import { wholeNumber } from './shared-options.ts';
import { withApiKeys } from './with-api-keys.ts';

interface Flags {
  readonly name: string;
  readonly owner?: string;
  readonly scope?: readonly Scope[];
  readonly inputPrefix?: readonly string[];
  readonly outputPrefix?: readonly string[];
  readonly allowSharedPrefix?: boolean;
  readonly requestsPerMinute?: number;
  readonly jobsAtOnce?: number;
  readonly share?: Partial<Record<ShareName, number>>;
  readonly expiresInDays?: number;
  readonly json?: boolean;
}

const help = `
The owner is who stands behind the key. Jobs, batches, uploads, results and webhooks belong to the owner: all of an
owner's keys see them, and no other key does. Without --owner, the key gets an owner of its own. An owner reads and
writes only in folders with the owner's name, such as inputs/OWNER/ and results/OWNER/, unless prefixes are given.

Scopes: jobs:read, jobs:write, batches, webhooks (these four by default); metrics (GET /metrics) and admin (everything,
including /admin), which see what every owner does, only for the owner "${operatorOwner}".

Shares: ${shareNames.join(', ')}. What is not given is as the API is set.

Only the key is written to standard output, so that a script can store it. It cannot be shown again.

Examples:
  m2fp keys create --name shop
  KEY=$(m2fp keys create --name viewer --owner shop --scope jobs:read)
  m2fp keys create --name nightly --owner shop --expires-in-days 90 --share batches=5 photos=50000
  m2fp keys create --name prometheus --owner operator --scope metrics`;

/** `m2fp keys create`: creates a key and prints it. */
export function createKeysCreateCommand(context: CommandContext): Command {
  return new Command('create')
    .description('create a key')
    .requiredOption('--name <name>', 'what it is for, at most 100 characters', parseName)
    .option('--owner <owner>', 'whom it belongs to: 1 to 63 of a-z, 0-9, _ and -')
    .addOption(new Option('--scope <scopes...>', 'what it may do').choices(scopes))
    .option('--input-prefix <prefixes...>', 'photos it may read: S3 keys that begin with one of these', addPrefix)
    .option('--output-prefix <prefixes...>', 'where its results may go', addPrefix)
    .option('--allow-shared-prefix', 'although another owner reads or writes under the same prefix')
    .option('--requests-per-minute <n>', 'of the owner', wholeNumber(1, ownerShares.requests.most))
    .option('--jobs-at-once <n>', 'unfinished jobs of the owner', wholeNumber(1, ownerShares.jobs.most))
    .option('--share <name=n...>', 'other shares of the owner', addShare)
    .option('--expires-in-days <n>', 'after that it is invalid', wholeNumber(1, 3_650))
    .option('--json', 'print the key and its settings as JSON')
    .addHelpText('after', help)
    .action((flags: Flags) => run(flags, context));
}

async function run(flags: Flags, context: CommandContext): Promise<void> {
  const grant = grantOf(flags);
  // Before anything is said about prefixes of an owner that cannot be.
  const fault = ownerFault(grant.owner, grant.scopes);
  if (fault !== undefined) throw new Error(fault);
  const made = await withApiKeys(context, async (keys) => {
    const shared = sharedPrefixes(grant, await keys.list(), context.config.prefixes);
    if (shared.length > 0 && flags.allowSharedPrefix !== true) {
      const lines = shared.slice(0, 10).map(({ prefix, owner, theirs }) => `  ${prefix} and ${theirs} of ${owner}`);
      throw new Error(
        [
          'Another owner reads or writes under the same prefix:',
          ...lines,
          'They could see and replace each other’s files. If that is what you want, add --allow-shared-prefix.',
        ].join('\n'),
      );
    }
    return keys.create(grant);
  });
  printNewKey(made, flags.json === true, context);
}

function grantOf(flags: Flags): KeyGrant {
  const granted = [...new Set(flags.scope ?? defaultScopes)];
  const isForOperator = granted.every((scope) => operatorScopes.has(scope));
  return {
    name: flags.name,
    owner: flags.owner ?? (isForOperator ? operatorOwner : randomBytes(8).toString('hex')),
    scopes: granted,
    input_prefixes: flags.inputPrefix === undefined ? null : [...flags.inputPrefix],
    output_prefixes: flags.outputPrefix === undefined ? null : [...flags.outputPrefix],
    shares: {
      ...flags.share,
      ...(flags.requestsPerMinute !== undefined && { requests: flags.requestsPerMinute }),
      ...(flags.jobsAtOnce !== undefined && { jobs: flags.jobsAtOnce }),
    },
    expires_at:
      flags.expiresInDays === undefined ? null : new Date(Date.now() + flags.expiresInDays * 86_400_000).toISOString(),
  };
}

/** The key on standard output, and what a person wants to know about it on standard error. */
export function printNewKey({ key, record }: NewKey, asJson: boolean, { stdout, stderr }: CommandContext): void {
  if (asJson) {
    const { secret_sha256: _hash, v: _version, ...shown } = record;
    printJson(stdout, { key, ...shown });
    return;
  }
  printLine(stdout, key);
  const { id, name, owner } = record;
  printLine(stderr, `Key ${id} (${name}) of the owner ${owner}. Keep it now: it is not shown again.`);
}

function parseName(text: string): string {
  const name = text.trim();
  if (/\p{C}/u.test(name)) throw new InvalidArgumentError('It must not have control characters.');
  if (name.length >= 1 && name.length <= 100) return name;
  throw new InvalidArgumentError('It must have 1 to 100 characters.');
}

function addPrefix(text: string, before: readonly string[] = []): string[] {
  const prefix = text.endsWith('/') ? text : `${text}/`;
  const fault = prefixFault(prefix);
  if (fault !== undefined) throw new InvalidArgumentError(fault.replace('The key', 'The prefix'));
  return [...before, prefix];
}

function addShare(text: string, before: Flags['share'] = {}): Flags['share'] {
  const [name = '', value = ''] = text.split('=', 2);
  const share = shareNames.find((known) => known === name);
  if (share === undefined) throw new InvalidArgumentError(`${name} is not one of ${shareNames.join(', ')}.`);
  return { ...before, [share]: wholeNumber(1, ownerShares[share].most)(value) };
}
