import { operatorOwner } from '@m2fp/queue/access';
import type { ApiKeys, KeyRecord } from '@m2fp/queue/access';
import { Command } from 'commander';
import { type CommandContext, printJson, printLine } from '../command-context.ts';
import { createKeysCreateCommand, printNewKey } from './keys-create.ts';
import { wholeNumber } from './shared-options.ts';
import { withApiKeys } from './with-api-keys.ts';

const help = `
The keys are in the API's Redis: set REDIS_URL and QUEUE_PREFIX to the same values as for the API, and INPUT_PREFIXES,
OUTPUT_PREFIXES, UPLOAD_PREFIX and OUTPUT_PREFIX if the API has them. As soon as a key exists, the API refuses requests
without one.

Examples:
  m2fp keys create --name shop --requests-per-minute 600 --jobs-at-once 50
  m2fp keys create --name prometheus --owner ${operatorOwner} --scope metrics
  m2fp keys list
  m2fp keys rotate 3f9c2b7a51d08e64
  m2fp keys revoke 3f9c2b7a51d08e64
  m2fp keys audit`;

/** `m2fp keys …`: who may use the API. */
export function createKeysCommand(context: CommandContext): Command {
  return new Command('keys')
    .addHelpText('after', help)
    .addCommand(createKeysCreateCommand(context))
    .addCommand(createKeysListCommand(context))
    .addCommand(createKeysRotateCommand(context))
    .addCommand(createKeysRevokeCommand(context))
    .addCommand(createKeysAuditCommand(context));
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
  const read = async (keys: ApiKeys) => [await keys.list(), await keys.uses()] as const;
  const [records, uses] = await withApiKeys(context, read);
  if (asJson) {
    const shown = records.map(({ secret_sha256: _hash, v: _version, ...record }) => {
      return { ...record, last_used_at: uses.get(record.id) ?? null };
    });
    printJson(context.stdout, shown);
  } else if (records.length === 0) {
    printLine(context.stderr, 'There are no keys: the API answers anyone who can reach it on this machine.');
  } else {
    const rows = records.map((record) => [
      ...[record.id, record.owner, record.name, stateOf(record)],
      uses.get(record.id)?.slice(0, 16) ?? 'never',
      ...[sharesOf(record), record.scopes.join(','), prefixesOf(record)],
    ]);
    printLine(
      context.stdout,
      table(['ID', 'OWNER', 'NAME', 'STATE', 'LAST USED', 'SHARES', 'SCOPES', 'PREFIXES'], rows),
    );
  }
}

function table(head: readonly string[], body: readonly (readonly string[])[]): string {
  const rows = [head, ...body];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return lines.map((line) => line.trimEnd()).join('\n');
}

function stateOf({ revoked_at: revoked, expires_at: end }: KeyRecord): string {
  if (revoked !== null) return `revoked ${revoked.slice(0, 10)}`;
  if (end === null) return 'valid';
  return Date.parse(end) > Date.now() ? `until ${end.slice(0, 16)}` : `expired ${end.slice(0, 10)}`;
}

function sharesOf({ shares }: KeyRecord): string {
  const given = Object.entries(shares).map(([name, value]) => `${name}=${value}`);
  return given.join(' ') || '-';
}

function prefixesOf({ input_prefixes: input, output_prefixes: output }: KeyRecord): string {
  const parts = [input && `in: ${input.join(',')}`, output && `out: ${output.join(',')}`];
  return parts.filter(Boolean).join(' ') || '-';
}

const rotateHelp = `
The new key has the same owner, scopes, prefixes and shares, so whatever the old one made can be read with the new one.
The old one stays valid for a day, or as long as --overlap-hours says. For a key that others know, create a new one by
rotating and then revoke the old one.

Examples:
  m2fp keys rotate 3f9c2b7a51d08e64
  NEW=$(m2fp keys rotate 3f9c2b7a51d08e64 --overlap-hours 0)`;

/** `m2fp keys rotate`: a new key for the same owner. */
function createKeysRotateCommand(context: CommandContext): Command {
  return new Command('rotate')
    .description('replace a key by a new one of the same owner')
    .argument('<id>', 'as "m2fp keys list" shows it; not the key itself')
    .option('--overlap-hours <n>', 'for which the old one stays valid', wholeNumber(0, 8_760), 24)
    .option('--json', 'print the key and its settings as JSON')
    .addHelpText('after', rotateHelp)
    .action((id: string, flags: { overlapHours: number; json?: boolean }) => rotate(id, flags, context));
}

async function rotate(
  id: string,
  { overlapHours, json }: { readonly overlapHours: number; readonly json?: boolean },
  context: CommandContext,
): Promise<void> {
  const made = await withApiKeys(context, (keys) => keys.rotate(id, overlapHours * 3_600));
  if (made === undefined) throw new Error(`There is no valid key ${id}.`);
  printNewKey(made, json === true, context);
}

const revokeHelp = `
It is refused from the next request on, and within a second what it left running ends: event streams, waiting requests,
queued and running jobs, batches, and webhooks that were not delivered yet. Results that are there stay the owner's.
"m2fp keys list" shows it as revoked.

Examples:
  m2fp keys revoke 3f9c2b7a51d08e64`;

/** `m2fp keys revoke`: makes a key invalid for good. */
function createKeysRevokeCommand(context: CommandContext): Command {
  return new Command('revoke')
    .description('make a key invalid and end what it runs')
    .argument('<id>', 'as "m2fp keys list" shows it; not the key itself')
    .addHelpText('after', revokeHelp)
    .action((id: string) => revoke(id, context));
}

async function revoke(id: string, context: CommandContext): Promise<void> {
  if (!(await withApiKeys(context, (keys) => keys.revoke(id)))) throw new Error(`There is no key ${id}.`);
  printLine(context.stderr, `Key ${id} is revoked.`);
}

const auditHelp = `
Kept are the latest operations, about ten thousand. "By" is the system's user and host that ran the command.

Examples:
  m2fp keys audit
  m2fp keys audit --limit 500 --json`;

/** `m2fp keys audit`: what was done with keys. */
function createKeysAuditCommand(context: CommandContext): Command {
  return new Command('audit')
    .description('show what was done with keys, newest first')
    .option('--limit <n>', 'how many operations', wholeNumber(1, 10_000), 50)
    .option('--json', 'as JSON')
    .addHelpText('after', auditHelp)
    .action((flags: { limit: number; json?: boolean }) => audit(flags, context));
}

async function audit(
  { limit, json }: { readonly limit: number; readonly json?: boolean },
  context: CommandContext,
): Promise<void> {
  const operations = await withApiKeys(context, (keys) => keys.operations(limit));
  if (json === true) return printJson(context.stdout, operations);
  const rows = operations.map(({ at, operation, key, owner, name, actor, detail }) => {
    return [at.slice(0, 19), operation, key, owner, name, actor, detail];
  });
  printLine(context.stdout, table(['AT', 'OPERATION', 'KEY', 'OWNER', 'NAME', 'BY', 'DETAIL'], rows));
}
