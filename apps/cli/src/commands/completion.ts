import { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
export function createCompletionCommand(_c: CommandContext, _w: () => Promise<Command>): Command { return new Command('completion'); }
