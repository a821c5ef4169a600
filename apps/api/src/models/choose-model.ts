/** Which model a request gets, checked before anything is queued. */
import { AppError, findParts, type ParseOptionsInput } from '@m2fp/contract';
import type { WatchedModels } from '@m2fp/queue/models';
import { InvalidRequest } from '../http/problem.ts';
import { didYouMean } from '../mending/near-names.ts';

/** The models that there are. */
export type Models = Pick<WatchedModels, 'defaultName' | 'names' | 'has' | 'find' | 'refresh'>;

/**
 * The model that a request names, or the default. Throws `invalid_request` that lists the models that there are, and
 * `queue_unavailable`. A worker may have told of its model just now, so an unknown one is looked for first.
 */
export async function chooseModel(wanted: string | undefined, models: Models): Promise<string> {
  if (wanted === undefined) return models.defaultName;
  if (!models.has(wanted)) await models.refresh();
  if (models.has(wanted)) return wanted;
  const names = models.names();
  const message = `There is no such model.${didYouMean(wanted, names)} There are: ${names.join(', ')}`;
  throw new InvalidRequest([{ pointer: '/model', message }]);
}

/** Throws `invalid_request` if the model is known and has none of these parts. The worker checks again. */
export function assertParts(model: string, options: ParseOptionsInput | undefined, models: Models): void {
  const { card } = models.find(model) ?? {};
  if (card === undefined || options?.parts === undefined) return;
  try {
    findParts(
      options.parts,
      card.labels.filter(({ role }) => role !== 'background'),
    );
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new InvalidRequest([{ pointer: '/options/parts', message: error.message }]);
  }
}
