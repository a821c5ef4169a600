import { defaultScopes, scopes } from '@m2fp/queue/access';
import type { KeyGrant, Scope } from '@m2fp/queue/access';
import { Command, InvalidArgumentError, Option } from 'commander';
import { type CommandContext, printLine } from '../command-context.ts';
import { withApiKeys } from './with-api-keys.ts';

interface Flags {
  readonly name: string;
  readonly owner: string;
  readonly scope?: readonly Scope[];
  readonly inputPrefix?: readonly string[];
  readonly outputPrefix?: readonly string[];
  readonly requestsPerMinute?: number;
  readonly jobsAtOnce?: number;
  readonly json?: boolean;
}

const help = `
Scopes: jobs:read, jobs:write, batches, webhooks (these four by default), metrics (GET /metrics), admin (everything,
including /admin).

Only the key is written to standard output, so that a script can store it. It cannot be shown again.

Examples:
  m2fp keys create --name shop
  KEY=$(m2fp keys create --name viewer --scope jobs:read)
  m2fp keys create --name tenant-7 --input-prefix inputs/tenant-7/ --output-prefix results/tenant-7/`;

/** `m2fp keys create`: creates a key and prints it. */
export function createKeysCreateCommand(context: CommandContext): Command {
  return new Command('create')
    .description('create a key')
    .requiredOption('--name <name>', 'what it is for, at most 100 characters', parseName)
    .requiredOption('--owner <owner>', 'whom it belongs to', parseName)
    .addOption(new Option('--scope <scopes...>', 'what it may do').choices(scopes))
    .option('--input-prefix <prefixes...>', 'photos it may read: S3 keys that begin with one of these', addPrefix)
    .option('--output-prefix <prefixes...>', 'where its results may go', addPrefix)
    .option('--requests-per-minute <n>', 'at most 1000000; default: no limit', parseLimit(1_000_000))
    .option('--jobs-at-once <n>', 'unfinished jobs at once, at most 1000; default: no limit', parseLimit(1_000))
    .option('--json', 'print the key and its settings as JSON')
    .addHelpText('after', help)
    .action((flags: Flags) => run(flags, context));
}

async function run(flags: Flags, context: CommandContext): Promise<void> {
  const grant: KeyGrant = {
    name: flags.name,
    owner: flags.owner,
    scopes: [...new Set(flags.scope ?? defaultScopes)],
    input_prefixes: flags.inputPrefix === undefined ? null : [...flags.inputPrefix],
    output_prefixes: flags.outputPrefix === undefined ? null : [...flags.outputPrefix],
    shares: {
      ...(flags.requestsPerMinute !== undefined && { requests: flags.requestsPerMinute }),
      ...(flags.jobsAtOnce !== undefined && { jobs: flags.jobsAtOnce }),
    },
    expires_at: null,
  };
  const { key, record } = await withApiKeys(context, (keys) => keys.create(grant));
  if (flags.json) {
    const { secret_sha256: _hash, v: _version, ...shown } = record;
    printLine(context.stdout, JSON.stringify({ key, ...shown }, null, 2));
    return;
  }
  printLine(context.stdout, key);
  printLine(context.stderr, `Key ${record.id} (${record.name}). Keep it now: it is not shown again.`);
}

function parseName(text: string): string {
  const name = text.trim();
  if (name.length >= 1 && name.length <= 100) return name;
  throw new InvalidArgumentError('It must have 1 to 100 characters.');
}

function addPrefix(text: string, before: readonly string[] = []): string[] {
  if (text === '' || text.startsWith('/')) throw new InvalidArgumentError('It must begin with a name, not a slash.');
  return [...before, text.endsWith('/') ? text : `${text}/`];
}

function parseLimit(max: number): (text: string) => number {
  return (text) => {
    const limit = Number(text);
    if (/^\d+$/.test(text) && limit >= 1 && limit <= max) return limit;
    throw new InvalidArgumentError(`It must be a whole number from 1 to ${max}.`);
  };
}
