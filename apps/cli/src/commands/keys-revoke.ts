import { Command } from 'commander';
import { type CommandContext, printLine } from '../command-context.ts';
import { withApiKeys } from '../keys/with-api-keys.ts';

const help = `
It opens nothing from the next request on. What its jobs made stays. "m2fp keys list" shows it as revoked.

Examples:
  m2fp keys revoke 3f9c2b7a51d08e64`;

/** `m2fp keys revoke`: takes a key out of use for good. */
export function createKeysRevokeCommand(context: CommandContext): Command {
  return new Command('revoke')
    .description('take a key out of use')
    .argument('<id>', 'as "m2fp keys list" shows it; not the key itself')
    .addHelpText('after', help)
    .action((id: string) => run(id, context));
}

async function run(id: string, context: CommandContext): Promise<void> {
  if (!(await withApiKeys(context, (keys) => keys.revoke(id)))) throw new Error(`There is no key ${id}.`);
  printLine(context.stderr, `Key ${id} is revoked.`);
}
