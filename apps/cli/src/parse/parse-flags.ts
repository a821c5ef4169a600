import { optionFields, optionFromText, parseOptionsSchema, type OptionField, type ParseOptions } from '@m2fp/contract';
import { type Command, InvalidArgumentError, Option } from 'commander';

/** Adds a flag for each parse option: `short_side` is `--short-side`. All of it comes from the service's own schema. */
export function addParseFlags(command: Command): Command {
  for (const field of optionFields) {
    command.addOption(optionOf(field));
  }
  return command;
}

function optionOf(field: OptionField): Option {
  const name = `--${field.name.replaceAll('_', '-')}`;
  if (field.kind === 'flag') return new Option(name, help(field)).default(field.default);
  const option = new Option(`${name} <${placeholder(field)}>`, help(field)).argParser((text) => parseFlag(field, text));
  const isEmpty = Array.isArray(field.default) && field.default.length === 0;
  // The words in brackets are all that help says of a default.
  return isEmpty ? option.default(field.default, 'all') : option.default(field.default);
}

/** What the flags say, as the service would take it. */
export function readParseOptions(command: Command): ParseOptions {
  const flags = command.opts<Record<string, unknown>>();
  return parseOptionsSchema.parse(Object.fromEntries(optionFields.map(({ name }) => [name, flags[camelCase(name)]])));
}

function placeholder({ kind, min, max }: OptionField): string {
  if (kind === 'list' || kind === 'texts') return 'names';
  if (kind === 'numbers') return 'numbers';
  return kind === 'choice' ? 'name' : `${min}..${max}`;
}

function help({ kind, description, choices }: OptionField): string {
  const text = description.replaceAll('`', '').replace(/\.$/, '');
  if (choices === undefined) return text;
  return `${text} (${kind === 'list' ? 'comma separated: ' : ''}${choices.join(', ')})`;
}

function parseFlag(field: OptionField, text: string): unknown {
  const value = field.kind === 'number' ? numberFromText(text) : optionFromText(field, text.trim());
  const parsed = parseOptionsSchema.shape[field.name].safeParse(value);
  if (parsed.success) return parsed.data;
  if (field.choices !== undefined) throw new InvalidArgumentError(`Allowed: ${field.choices.join(', ')}.`);
  throw new InvalidArgumentError(parsed.error.issues.map(({ message }) => `${message}.`).join(' '));
}

/** In any notation of JavaScript, as in the settings: `540`, `.5`, `5e-1`. */
function numberFromText(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text);
}

/** As commander names a flag's value. */
function camelCase(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}
