/** What the visitor has chosen for the photos that are added next; this browser remembers it. */
import { computed, effect, signal } from '@preact/signals';
import { fits, isDefault, numbersIn, type OptionField, type OptionName, type OptionValues } from './option-field.ts';
import { optionFields, outputFields } from './option-fields.generated.ts';

/** A choice that is absent is left to the service. */
export type ChosenOptions = OptionValues & { readonly model?: string };

type Output = NonNullable<OptionValues['outputs']>[number];

/** What the page itself shows is always made. */
export const neededOutputs: readonly Output[] = ['masks', 'colormap', 'instances', 'overlay'];

const storageKey = 'options';
const untouched: ChosenOptions = { outputs: [...neededOutputs] };

export const chosenOptions = signal<ChosenOptions>(optionsFrom(remembered()));

/** What is being written for an option, as it is written: `1,` is a list, too, but would lose its comma. */
interface Draft {
  readonly text: string;
  /** The service would refuse it: what was chosen before stays. */
  readonly isWrong: boolean;
}

export const drafts = signal<Partial<Readonly<Record<OptionName, Draft>>>>({});

/** The options for which something is written that is not used. */
export const wrongOptions = computed(() => optionFields.filter(({ name }) => drafts.value[name]?.isWrong === true));

/**
 * Takes what is written for an option if the service would take it.
 * @param isUnreadable the browser's own field holds something that it does not hand out
 */
export function writeOption(field: OptionField, written: string, isUnreadable = false): void {
  const text = written.trim();
  const isEmpty = text === '' && !isUnreadable;
  const read = field.kind === 'numbers' ? numbersIn(text) : Number(text);
  const isWrong = isUnreadable || (!isEmpty && !fits(field, read));
  drafts.value = { ...drafts.value, [field.name]: { text: written, isWrong } };
  // The compiler cannot know which option a field is of; `fits` has looked at the value.
  if (!isWrong) chooseOption(field.name, isEmpty ? undefined : (read as OptionValues[OptionName]));
}

/** What is right is shown as it was read; what is wrong stays to be corrected. */
export function endWriting({ name }: OptionField): void {
  const { [name]: draft, ...others } = drafts.value;
  if (draft?.isWrong === false) drafts.value = others;
}

/** Takes a value, or leaves it to the service again if it is what the service would choose anyway. */
export function chooseOption<Name extends OptionName>(name: Name, value: OptionValues[Name] | undefined): void {
  const field = optionFields.find((other) => other.name === name);
  const { [name]: _before, ...others } = chosenOptions.value;
  const isLeftOut = value === undefined || field === undefined || (name !== 'outputs' && isDefault(field, value));
  chosenOptions.value = optionsFrom(isLeftOut ? others : { ...others, [name]: value });
}

/** @param name undefined for the service's own. Parts are forgotten: they are named as the model names them. */
export function chooseModel(name: string | undefined): void {
  const { model, parts: _parts, ...others } = chosenOptions.value;
  if (model === name) return;
  chosenOptions.value = name === undefined ? others : { ...others, model: name };
}

export function resetOptions(): void {
  const { model } = chosenOptions.value;
  drafts.value = {};
  chosenOptions.value = { ...untouched, ...(model !== undefined && { model }) };
}

/** How many choices differ from the page's own, the model aside; each further file is one. */
export function countChanges({ model: _model, outputs = [], ...others }: ChosenOptions): number {
  return Object.keys(others).length + outputs.filter((output) => !neededOutputs.includes(output)).length;
}

/** The options alone, without those that the page has to have anyway: for a program that does the same. */
export function optionsForPrograms({ model: _model, outputs = [], ...others }: ChosenOptions): OptionValues {
  return countChanges({ outputs }) === 0 ? others : { ...others, outputs };
}

/** What a job was parsed with. @param usual the model that the service takes by itself */
export function optionsOfJob(job: { readonly model: string; readonly options: object }, usual?: string): ChosenOptions {
  const given = job.options as OptionValues;
  const own = optionFields.filter((field) => field.name === 'outputs' || !isDefault(field, given[field.name]));
  const model = job.model === usual ? {} : { model: job.model };
  return optionsFrom({ ...Object.fromEntries(own.map(({ name }) => [name, given[name]])), ...model });
}

/** Keeps the choices for the next visit, where the visitor allows it. */
export function rememberOptions(): () => void {
  return effect(() => {
    const text = JSON.stringify(chosenOptions.value);
    try {
      localStorage.setItem(storageKey, text);
    } catch {
      // They are good for this visit, then.
    }
  });
}

/**
 * Whatever of a value may be sent: what an earlier version of the page kept, or somebody wrote into the storage, may be
 * anything.
 */
export function optionsFrom(value: unknown): ChosenOptions {
  if (typeof value !== 'object' || value === null) return untouched;
  const given = value as Readonly<Record<string, unknown>>;
  const known = optionFields.filter(
    (field) => field.name !== 'outputs' && Object.hasOwn(given, field.name) && fits(field, given[field.name]),
  );
  const model = typeof given.model === 'string' && given.model !== '' ? { model: given.model } : {};
  return {
    ...(Object.fromEntries(known.map(({ name }) => [name, given[name]])) as OptionValues),
    outputs: outputsFrom(given.outputs),
    ...model,
  };
}

/** In the schema's order, so that the order of clicks does not matter. */
function outputsFrom(given: unknown): Output[] {
  const wanted: readonly unknown[] = Array.isArray(given) ? given : [];
  return outputFields.map(({ name }) => name).filter((name) => neededOutputs.includes(name) || wanted.includes(name));
}

function remembered(): unknown {
  try {
    return JSON.parse(localStorage.getItem(storageKey) ?? 'null');
  } catch {
    return null;
  }
}
