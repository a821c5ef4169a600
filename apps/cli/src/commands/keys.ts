import type { KeyRecord } from '@m2fp/queue/access';
import { Command } from 'commander';
import { type CommandContext, printLine } from '../command-context.ts';
import { createKeysCreateCommand } from './keys-create.ts';
import { withApiKeys } from './with-api-keys.ts';

const help = `
The keys are in the API's Redis: set REDIS_URL and QUEUE_PREFIX to the same values as for the API. As soon as a key
exists, the API refuses requests without one.

Examples:
  m2fp keys create --name shop --requests-per-minute 600 --jobs-at-once 50
  m2fp keys create --name prometheus --scope metrics
  m2fp keys list
  m2fp keys revoke 3f9c2b7a51d08e64`;

/** `m2fp keys …`: who may use the API. */
export function createKeysCommand(context: CommandContext): Command {
  return new Command('keys')
    .description('create, list and revoke API keys')
    .addHelpText('after', help)
    .addCommand(createKeysCreateCommand(context))
    .addCommand(createKeysListCommand(context))
    .addCommand(createKeysRevokeCommand(context));
}

const listHelp = `
Examples:
  m2fp keys list
  m2fp keys list --json`;

/** `m2fp keys list`: all keys, without their secrets. */
function createKeysListCommand(context: CommandContext): Command {
  return new Command('list')
    .description('show all keys, oldest first')
    .option('--json', 'as JSON')
    .addHelpText('after', listHelp)
    .action(({ json }: { json?: boolean }) => list(json === true, context));
}

async function list(asJson: boolean, context: CommandContext): Promise<void> {
  const records = await withApiKeys(context, (keys) => keys.list());
  if (asJson) {
    const shown = records.map(({ secret_sha256: _hash, v: _version, ...record }) => record);
    printLine(context.stdout, JSON.stringify(shown, null, 2));
  } else if (records.length === 0) {
    printLine(context.stderr, 'There are no keys: the API answers anyone who can reach it on this machine.');
  } else {
    printLine(context.stdout, table(records));
  }
}

function table(records: readonly KeyRecord[]): string {
  const rows = [
    ['ID', 'NAME', 'STATE', 'PER MINUTE', 'JOBS', 'SCOPES', 'PREFIXES'],
    ...records.map((record) => [
      record.id,
      record.name,
      record.revoked_at === null ? 'valid' : `revoked ${record.revoked_at.slice(0, 10)}`,
      String(record.shares.requests ?? '-'),
      String(record.shares.jobs ?? '-'),
      record.scopes.join(','),
      prefixes(record),
    ]),
  ];
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function prefixes({ input_prefixes: input, output_prefixes: output }: KeyRecord): string {
  const parts = [input && `in: ${input.join(',')}`, output && `out: ${output.join(',')}`];
  return parts.filter(Boolean).join(' ') || '-';
}

const revokeHelp = `
It is refused from the next request on. The results of its jobs stay. "m2fp keys list" shows it as revoked.

Examples:
  m2fp keys revoke 3f9c2b7a51d08e64`;

/** `m2fp keys revoke`: makes a key invalid for good. */
function createKeysRevokeCommand(context: CommandContext): Command {
  return new Command('revoke')
    .description('make a key invalid')
    .argument('<id>', 'as "m2fp keys list" shows it; not the key itself')
    .addHelpText('after', revokeHelp)
    .action((id: string) => revoke(id, context));
}

async function revoke(id: string, context: CommandContext): Promise<void> {
  if (!(await withApiKeys(context, (keys) => keys.revoke(id)))) throw new Error(`There is no key ${id}.`);
  printLine(context.stderr, `Key ${id} is revoked.`);
}
