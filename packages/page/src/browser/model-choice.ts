/** Which model parses the photos, and what the visitor should know of it before choosing it. */
import type { Model } from '@m2fp/client';
import { byId, element } from './dom.ts';
import { service } from './service.ts';

let models: readonly Model[] = [];

/** Undefined as long as there is nothing to choose from. */
export function chosenModel(): string | undefined {
  return models.length > 1 ? byId('model', HTMLSelectElement).value : undefined;
}

/** A class's name for people, as the model's card has it. */
export function partTitle(model: string, name: string): string {
  const { labels = [] } = models.find((other) => other.name === model) ?? {};
  return labels.find((label) => label.name === name)?.title ?? name;
}

/** Asks which models there are. Without an answer, for lack of a key say, nothing is shown. */
export async function showModels(): Promise<void> {
  models = await service()
    .models.list({ timeoutMs: 10_000 })
    .catch(() => []);
  const select = byId('model', HTMLSelectElement);
  const chosen = select.value;
  select.replaceChildren(
    ...models.map(({ name, license, non_commercial: isMarked }) => {
      const mark = isMarked === true ? 'not for commercial use' : license;
      const isChosen = name === chosen;
      return element('option', { value: name, selected: isChosen }, mark === null ? name : `${name} (${mark})`);
    }),
  );
  select.onchange = describe;
  byId('model-choice', HTMLLabelElement).hidden = models.length < 2;
  describe();
}

function describe(): void {
  const name = chosenModel() ?? models[0]?.name;
  const model = models.find((other) => other.name === name);
  byId('model-about', HTMLParagraphElement).textContent = model === undefined ? '' : about(model);
}

function about({ summary, license, non_commercial: isMarked, synthetic, workers }: Model): string {
  return [
    summary,
    license === null ? null : `License: ${license}.`,
    isMarked === true ? 'Not for commercial use.' : null,
    synthetic === true ? 'Its weights are random: results mean nothing.' : null,
    workers === 0 ? 'No worker is running now: photos wait for one.' : null,
  ]
    .filter((text) => text !== null)
    .join(' ');
}
