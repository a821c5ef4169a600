/** The `ParserModule` of the service: the model bundle that the worker serves. Only a parser process imports this. */
import { defaultPhotoLimits } from '@m2fp/core/image';
import { loadModel, parsePhoto } from '@m2fp/core/parsing';
import type { ParserModule } from './protocol.ts';

export const createParser: ParserModule['createParser'] = async (settings) => {
  const loaded = await loadModel(settings.bundle, { threads: settings.threads });
  const limits = {
    ...defaultPhotoLimits,
    maxBytes: settings.maxImageBytes,
    maxPixels: settings.maxImagePixels ?? defaultPhotoLimits.maxPixels,
  };
  return (photo, options) => parsePhoto(photo, loaded, options, limits);
};
