import { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { createKeysCreateCommand } from './keys-create.ts';
import { createKeysListCommand } from './keys-list.ts';
import { createKeysRevokeCommand } from './keys-revoke.ts';

const help = `
The keys are in the Redis of the API: give REDIS_URL and QUEUE_PREFIX as the API has them. As soon as there is a key,
the API answers nobody without one.

Examples:
  m2fp keys create --name shop --requests-per-minute 600 --jobs-at-once 50
  m2fp keys create --name prometheus --scope metrics
  m2fp keys list
  m2fp keys revoke 3f9c2b7a51d08e64`;

/** `m2fp keys …`: who may use the API. */
export function createKeysCommand(context: CommandContext): Command {
  return new Command('keys')
    .description('make, list and revoke API keys')
    .addHelpText('after', help)
    .addCommand(createKeysCreateCommand(context))
    .addCommand(createKeysListCommand(context))
    .addCommand(createKeysRevokeCommand(context));
}
