import { Argument, Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { readCommandTree } from '../completion/command-tree.ts';
import { scripts, type Shell, shells } from '../completion/scripts.ts';

const help = `
The script has everything in it: completing a line starts no program. It is for an m2fp that is installed
(npm install --global m2fp), as shells complete nothing after npx.

Examples:
  m2fp completion bash >> ~/.bash_completion
  m2fp completion zsh > "\${fpath[1]}/_m2fp"
  m2fp completion fish > ~/.config/fish/completions/m2fp.fish
  eval "$(m2fp completion bash)"                  for this shell only`;

/** `m2fp completion`: a script for the user's shell. */
export function createCompletionCommand({ stdout }: CommandContext, program: () => Promise<Command>): Command {
  return new Command('completion')
    .addArgument(new Argument('<shell>', 'whose script').choices(shells))
    .addHelpText('after', help)
    .action(async (shell: Shell) => {
      stdout.write(scripts[shell](readCommandTree(await program())));
    });
}
