/** An option or an output as the page shows it, and what a visitor writes for it. */
import type { components, ResultFile } from '@m2fp/client/jobs';
import { textOf } from '../i18n/language.ts';

export type OptionValues = components['schemas']['ParseOptions'];
export type OptionName = keyof OptionValues;

export interface OptionField {
  readonly name: OptionName;
  readonly description: string;
  readonly default: unknown;
  /** `list`: some of `choices`; `texts`, `numbers`: of one's own. */
  readonly kind: 'number' | 'choice' | 'flag' | 'list' | 'texts' | 'numbers';
  /** Of a number, or of each of several. */
  readonly min?: number;
  readonly max?: number;
  readonly isWhole?: boolean;
  readonly choices?: readonly string[];
}

export interface OutputField {
  readonly name: ResultFile['output'];
  /** `{person}` in it stands for each person's number. */
  readonly file: string;
  readonly description: string;
}

export function optionTitle({ name }: OptionField): string {
  return textOf(`option.${name}`) ?? name;
}

export function optionAbout({ name, description }: OptionField): string {
  return textOf(`option.${name}.about`) ?? description;
}

export function choiceTitle({ name }: OptionField, choice: string): string {
  return textOf(`option.${name}.${choice}`) ?? choice;
}

export function outputTitle({ name }: OutputField): string {
  return textOf(`output.${name}`) ?? name;
}

/** Whether the service takes this for the option, as far as the schema's kinds and ranges say. */
export function fits(field: OptionField, value: unknown): boolean {
  switch (field.kind) {
    case 'flag':
      return typeof value === 'boolean';
    case 'choice':
      return isOneOf(field.choices, value);
    case 'number':
      return isInRange(field, value);
    case 'list':
      return isListOf(value, (entry) => isOneOf(field.choices, entry));
    case 'texts':
      return isListOf(value, (entry) => typeof entry === 'string' && entry !== '');
    case 'numbers':
      return isListOf(value, (entry) => isInRange(field, entry));
  }
}

export function isDefault(field: OptionField, value: unknown): boolean {
  return JSON.stringify(field.default) === JSON.stringify(value);
}

/** `1, 2` as numbers; undefined for anything that is not a list of them. */
export function numbersIn(text: string): readonly number[] | undefined {
  const entries = text.split(/[\s,，、]+/u).filter(Boolean);
  return entries.every((entry) => /^\d+$/.test(entry)) ? [...new Set(entries.map(Number))] : undefined;
}

function isInRange({ min = -Infinity, max = Infinity, isWhole = false }: OptionField, value: unknown): boolean {
  return typeof value === 'number' && value >= min && value <= max && (Number.isInteger(value) || !isWhole);
}

function isOneOf(choices: readonly string[] | undefined, value: unknown): boolean {
  return typeof value === 'string' && choices?.includes(value) === true;
}

function isListOf(value: unknown, isEntry: (entry: unknown) => boolean): boolean {
  return Array.isArray(value) && new Set(value).size === value.length && value.every(isEntry);
}
