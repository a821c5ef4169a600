/** The models that the service has. */
import type { Model } from '@m2fp/client';
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { chosenOptions } from './options/chosen-options.ts';
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
    known.value = document.hidden && known.peek().length > 0 ? known.peek() : await service().models.list(call);
  } catch {
    // A key that may not know makes no difference to the photos; another key asks again.
    return;
  }
  clearTimeout(asking);
  const isSettled = known.peek().every(({ kind, workers }) => kind !== null && workers !== 0);
  if (!isSettled) asking = setTimeout(() => void loadModels(), askAgainMs);
}

/** A class's name for people, as the model's card has it. */
export function cardTitle(model: string, className: string): string {
  const { labels = [] } = known.value.find(({ name }) => name === model) ?? {};
  return labels.find(({ name }) => name === className)?.title ?? className;
}
