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

/** Asks which models there are. Without an answer, what was known stays. */
export async function loadModels(): Promise<void> {
  known.value = await service()
    .models.list({ timeoutMs: 60_000, maxRetries: Infinity })
    .catch(() => known.peek());
}

/** A class's name for people, as the model's card has it. */
export function cardTitle(model: string, className: string): string {
  const { labels = [] } = known.value.find(({ name }) => name === model) ?? {};
  return labels.find(({ name }) => name === className)?.title ?? className;
}
