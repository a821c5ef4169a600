/** The `ParserModule` that runs a model bundle. Only a parser process imports this. */
import { photoLimitsFrom } from '../image/photo-limits.ts';
import { loadModel } from '../parsing/load-model.ts';
import { encodeParsing, parsePhoto, readParsing } from '../parsing/parse-photo.ts';
import type { ParserModule } from './protocol.ts';

export const createParser: ParserModule['createParser'] = async (settings) => {
  const model = await loadModel(settings.bundle, { threads: settings.threads }, settings.check);
  const limits = photoLimitsFrom(settings);
  return {
    parse: (photo, options, turn, onStep) => parsePhoto(photo, model, options, limits, { turn, onStep }),
    read: (photo, options, turn) => readParsing(photo, model, options, limits, turn),
    encode: async (task, turn) => {
      // It decodes nothing before its turn: the one before need not pause for it.
      turn.opened();
      await turn.begin();
      return encodeParsing(task, model.manifest, limits);
    },
  };
};
