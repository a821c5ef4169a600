import type { KeyRecord } from '@m2fp/queue/access';
import { Command } from 'commander';
import { type CommandContext, printLine } from '../command-context.ts';
import { withApiKeys } from '../keys/with-api-keys.ts';

const help = `
Examples:
  m2fp keys list
  m2fp keys list --json`;

/** `m2fp keys list`: all keys, without their secrets. */
export function createKeysListCommand(context: CommandContext): Command {
  return new Command('list')
    .description('show all keys, oldest first')
    .option('--json', 'as JSON')
    .addHelpText('after', help)
    .action(({ json }: { json?: boolean }) => run(json === true, context));
}

async function run(asJson: boolean, context: CommandContext): Promise<void> {
  const records = await withApiKeys(context, (keys) => keys.list());
  if (asJson) {
    const shown = records.map(({ secret_sha256: _hash, v: _version, ...record }) => record);
    printLine(context.stdout, JSON.stringify(shown, null, 2));
  } else if (records.length === 0) {
    printLine(context.stderr, 'There are no keys: the API answers whoever reaches it on this machine.');
  } else {
    printLine(context.stdout, table(records));
  }
}

function table(records: readonly KeyRecord[]): string {
  const rows = [
    ['ID', 'NAME', 'STATE', 'A MINUTE', 'JOBS', 'SCOPES', 'PREFIXES'],
    ...records.map((record) => [
      record.id,
      record.name,
      record.revoked_at === null ? 'valid' : `revoked ${record.revoked_at.slice(0, 10)}`,
      String(record.requests_per_minute ?? '-'),
      String(record.jobs_at_once ?? '-'),
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
