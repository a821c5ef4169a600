/** The models that the service has. */
import type { Model } from '@m2fp/client/jobs';
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { chosenOptions, chooseModel } from './options/chosen-options.ts';
import { service } from './service.ts';

const known = signal<readonly Model[]>([]);

/** The default first; empty until the service has told, and without a key that may know. */
export const models: ReadonlySignal<readonly Model[]> = known;

/** What parses the photos that are added next. */
export const modelInUse = computed((): Model | undefined => {
  const { model: name } = chosenOptions.value;
  return known.value.find((model) => model.name === name) ?? known.value[0];
});

/** How often to ask again while a model has not told what it is, or has no worker. */
const askAgainMs = 3_000;

let asking: ReturnType<typeof setTimeout> | undefined;

/** Asks which models there are, until all are at work. Without an answer, what was known stays. */
export async function loadModels(): Promise<void> {
  clearTimeout(asking);
  try {
    const call = { timeoutMs: 60_000, maxRetries: Infinity };
    if (!document.hidden || known.peek().length === 0) {
      known.value = (await service().models.list(call)).map(withCard);
      forgetMissing();
    }
  } catch {
    // A key that may not know makes no difference to the photos; another key asks again.
    return;
  }
  clearTimeout(asking);
  const isSettled = known.peek().every(({ kind, workers }) => kind !== null && workers !== 0);
  if (!isSettled) asking = setTimeout(() => void loadModels(), askAgainMs);
}

/** What an earlier visit chose may be gone, or of another service at this address: every photo would be refused. */
function forgetMissing(): void {
  const { model } = chosenOptions.peek();
  if (model !== undefined && known.peek().every(({ name }) => name !== model)) chooseModel(undefined);
}

/** A model keeps the card that it has shown, for as long as nobody knows it any more. */
function withCard(model: Model): Model {
  if (model.kind !== null) return model;
  const before = known.peek().find(({ name }) => name === model.name);
  return before === undefined ? model : { ...before, workers: model.workers };
}

/** All classes of a model, as its card has them; empty while it is not known. */
export function cardLabels(model: string): Model['labels'] {
  return known.value.find(({ name }) => name === model)?.labels ?? [];
}

/** A class's name for people, as the model's card has it. */
export function cardTitle(model: string, className: string): string {
  return cardLabels(model).find(({ name }) => name === className)?.title ?? className;
}
