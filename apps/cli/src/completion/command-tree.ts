/** What can stand where on a command line, read from the commands themselves: shells complete by it. */
import { optionFields } from '@m2fp/contract';
import { modelNames } from '@m2fp/core/bundles';
import type { Argument, Command, Option } from 'commander';

export interface CommandNode {
  /** `/model/pull`; empty for `m2fp` itself. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly OptionNode[];
  /** What its arguments may be. */
  readonly argument: ValueKind;
}

export interface OptionNode {
  /** `-o`, `--out`. */
  readonly flags: readonly string[];
  readonly description: string;
  readonly value: ValueKind;
}

/** Nothing; one of these words; a path, or one of these words; or something that nobody can guess. */
export interface ValueKind {
  readonly kind: 'none' | 'words' | 'path' | 'other';
  readonly words: readonly string[];
}

const nothing: ValueKind = { kind: 'none', words: [] };

/** All commands, `m2fp` itself first. */
export function readCommandTree(command: Command, path = ''): CommandNode[] {
  const help = command.createHelp();
  const [argument] = command.registeredArguments;
  const node: CommandNode = {
    path,
    commands: help.visibleCommands(command).map((each) => ({ name: each.name(), description: each.description() })),
    options: help.visibleOptions(command).map(optionNode),
    argument: argument === undefined ? nothing : argumentKind(argument),
  };
  return [node, ...command.commands.flatMap((each) => readCommandTree(each, `${path}/${each.name()}`))];
}

function optionNode(option: Option): OptionNode {
  const flags = [option.short, option.long].filter((flag) => flag !== undefined && flag !== null);
  return { flags, description: option.description, value: optionKind(option) };
}

function optionKind(option: Option): ValueKind {
  if (!option.required && !option.optional) return nothing;
  const field = optionFields.find(({ name }) => option.long === `--${name.replaceAll('_', '-')}`);
  const words = option.argChoices ?? field?.choices ?? [];
  return kindOf(option.flags, words);
}

function argumentKind(argument: Argument): ValueKind {
  const isPath = /photos|path|results|checkpoint|network|bundle/;
  return kindOf(isPath.test(argument.name()) ? '<path>' : '', argument.argChoices ?? []);
}

/** By what help calls the value: `<dir>`, `<name|dir>`. */
function kindOf(flags: string, words: readonly string[]): ValueKind {
  if (words.length > 0) return { kind: 'words', words };
  if (/name\|dir/.test(flags)) return { kind: 'path', words: modelNames };
  return { kind: /dir|file|path|photos|yaml/i.test(flags) ? 'path' : 'other', words: [] };
}
