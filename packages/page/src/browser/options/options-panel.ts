/** What the visitor may choose for the photos that are added next; the controls come from the contract's schema. */
import { h, type ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { classTitle } from '../i18n/class-names.ts';
import { listed, sentences, t } from '../i18n/language.ts';
import { modelInUse, models } from '../models.ts';
import { CodeSamples } from '../samples-of-code/code-samples.ts';
import {
  chooseModel,
  chooseOption,
  chosenOptions,
  countChanges,
  drafts,
  endWriting,
  neededOutputs,
  resetOptions,
  writeOption,
  wrongOptions,
} from './chosen-options.ts';
import {
  choiceTitle,
  optionAbout,
  type OptionField,
  type OptionValues,
  optionTitle,
  outputTitle,
} from './option-field.ts';
import { optionFields, outputFields } from './option-fields.generated.ts';

export function OptionsPanel(): ComponentChildren {
  const changes = countChanges(chosenOptions.value);
  const isUntouched = changes === 0 && wrongOptions.value.length === 0;
  return h(
    'div',
    { class: 'options' },
    h(ModelChoice, {}),
    h(
      'details',
      {},
      h('summary', {}, t('options.title'), changes === 0 ? null : ` · ${t('options.changed', { count: changes })}`),
      h(
        'div',
        { class: 'options-body' },
        h('div', { class: 'option-fields' }, [
          h(Outputs, {}),
          ...optionFields
            .filter(({ name }) => name !== 'outputs')
            .map((field) => h(Option, { key: field.name, field })),
          h('button', { type: 'button', disabled: isUntouched, onClick: resetOptions }, t('options.reset')),
        ]),
        h(CodeSamples, { chosen: chosenOptions.value }),
      ),
    ),
  );
}

/** Only where there is something to choose from. */
function ModelChoice(): ComponentChildren {
  if (models.value.length < 2) return null;
  const choose = (event: Event): void => {
    const { value } = event.currentTarget as HTMLSelectElement;
    chooseModel(value === models.value[0]?.name ? undefined : value);
  };
  const options = models.value.map(({ name }) =>
    h('option', { key: name, value: name, selected: name === modelInUse.value?.name }, name),
  );
  return h(
    'label',
    { class: 'model-choice' },
    t('options.model'),
    h('select', { id: 'model', onChange: choose }, options),
  );
}

function Outputs(): ComponentChildren {
  const chosen = chosenOptions.value.outputs ?? [];
  const needed = outputFields.filter(({ name }) => neededOutputs.includes(name)).map(({ file }) => file);
  const boxes = outputFields
    .filter(({ name }) => !neededOutputs.includes(name))
    .map((field) => {
      const { name } = field;
      const toggle = (event: Event): void => {
        const isWanted = (event.currentTarget as HTMLInputElement).checked;
        chooseOption('outputs', isWanted ? [...chosen, name] : chosen.filter((other) => other !== name));
      };
      const input = { type: 'checkbox', checked: chosen.includes(name), onChange: toggle } as const;
      return h('label', { key: name, class: 'check' }, h('input', input), outputTitle(field));
    });
  return h('fieldset', { class: 'wide' }, [
    h('legend', {}, t('options.files')),
    h('div', { class: 'checks' }, boxes),
    h('p', { class: 'soft' }, t('options.always', { files: listed(needed) })),
  ]);
}

interface FieldProps {
  readonly field: OptionField;
}

function Option({ field }: FieldProps): ComponentChildren {
  switch (field.kind) {
    case 'flag':
      return h(Flag, { field });
    case 'choice':
      return h(Choice, { field });
    case 'number':
    case 'numbers':
      return h(TextField, { field });
    case 'texts':
      return field.name === 'parts' ? h(Parts, { field }) : null;
    case 'list':
      return null;
  }
}

function valueOf({ name }: OptionField): unknown {
  return chosenOptions.value[name];
}

/** The compiler cannot know which option a field is of; `optionsFrom` checks what is chosen. */
function choose({ name }: OptionField, value: unknown): void {
  chooseOption(name, value as OptionValues[typeof name]);
}

function Flag({ field }: FieldProps): ComponentChildren {
  const about = useId();
  const onChange = (event: Event): void => choose(field, (event.currentTarget as HTMLInputElement).checked);
  const input = { type: 'checkbox', checked: valueOf(field) === true, 'aria-describedby': about, onChange } as const;
  return h('div', { class: 'option' }, [
    h('label', { class: 'check' }, h('input', input), optionTitle(field)),
    h('span', { id: about, class: 'soft' }, optionAbout(field)),
  ]);
}

function Choice({ field }: FieldProps): ComponentChildren {
  const about = useId();
  const onChange = (event: Event): void => choose(field, (event.currentTarget as HTMLSelectElement).value);
  const current = valueOf(field) ?? field.default;
  const options = field.choices?.map((choice) =>
    h('option', { key: choice, value: choice, selected: choice === current }, choiceTitle(field, choice)),
  );
  return h('div', { class: 'option' }, [
    h('label', {}, optionTitle(field), h('select', { 'aria-describedby': about, onChange }, options)),
    h('span', { id: about, class: 'soft' }, optionAbout(field)),
  ]);
}

/** A number, or several with commas; what the service would refuse is marked and not taken. */
function TextField({ field }: FieldProps): ComponentChildren {
  const [about, wrong] = [useId(), useId()];
  const { name, min = 0, max = 0, kind, isWhole } = field;
  const draft = drafts.value[name];
  const isWrong = draft?.isWrong === true;
  const current = JSON.stringify(valueOf(field) ?? '').replaceAll(/["[\]]/g, '');
  const attributes = {
    ...{ value: draft?.text ?? current, placeholder: String(field.default) },
    onInput: ({ currentTarget: { value, validity } }: { readonly currentTarget: HTMLInputElement }): void =>
      writeOption(field, value, validity.badInput),
    onBlur: () => endWriting(field),
    ...{ 'aria-describedby': isWrong ? `${wrong} ${about}` : about, 'aria-invalid': isWrong, autocomplete: 'off' },
    ...(kind === 'number'
      ? { type: 'number', min, max, step: isWhole === true ? 1 : 'any' }
      : { inputMode: 'numeric' }),
  } as const;
  return h('div', { class: isWrong ? 'option wrong' : 'option' }, [
    h('label', {}, optionTitle(field), h('input', attributes)),
    h('strong', { id: wrong, class: 'soft', role: 'alert' }, isWrong ? wrongText(field) : ''),
    h('span', { id: about, class: 'soft' }, sentences([optionAbout(field), t('options.range', { min, max })])),
  ]);
}

function wrongText({ kind, isWhole, min = 0, max = 0 }: OptionField): string {
  if (kind === 'numbers') return t('options.wrong-list', { min, max });
  return t(isWhole === true ? 'options.wrong-whole' : 'options.wrong', { min, max });
}

/** Of the model that is chosen. */
function Parts({ field }: FieldProps): ComponentChildren {
  const labels = modelInUse.value?.labels.filter(({ role }) => role === 'part') ?? [];
  if (labels.length === 0) return null;
  const chosen = chosenOptions.value.parts ?? [];
  const boxes = labels.map(({ name, title }) => {
    const toggle = (event: Event): void => {
      const isWanted = (event.currentTarget as HTMLInputElement).checked;
      chooseOption('parts', isWanted ? [...chosen, name] : chosen.filter((other) => other !== name));
    };
    const input = { type: 'checkbox', checked: chosen.includes(name), onChange: toggle } as const;
    return h('label', { key: name, class: 'check' }, h('input', input), classTitle(name, title));
  });
  return h('fieldset', { class: 'wide' }, [
    h('legend', {}, optionTitle(field)),
    h('div', { class: 'checks' }, boxes),
    h('p', { class: 'soft' }, optionAbout(field)),
  ]);
}
