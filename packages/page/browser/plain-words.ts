import { ApiError } from './api.ts';

/** What a visitor can do about an error, by its code; codes that are not here show the server's own sentence. */
const sentences: Readonly<Record<string, string>> = {
  image_unreadable: 'This file is not a picture, or it is damaged.',
  unsupported_format: 'Only JPEG, PNG, WebP and AVIF photos can be parsed.',
  image_too_large: 'This photo is too large.',
  payload_too_large: 'This photo is too large.',
  unauthorized: 'This server asks for an API key: use the button at the top.',
  forbidden: 'Your API key does not allow this.',
  rate_limited: 'Too many photos in a short time. Wait a little and try again.',
  overloaded: 'The server is busy. Try again in a moment.',
  timeout: 'Parsing took too long and was stopped.',
  model_unavailable: 'The server has no model to parse with.',
  queue_unavailable: 'The server is having trouble. It will go on by itself.',
  storage_unavailable: 'The server is having trouble. It will go on by itself.',
  expired: 'This result is no longer kept on the server.',
  canceled: 'Canceled.',
  network: 'The server cannot be reached. It will go on by itself.',
};

export function explain(error: unknown): string {
  const { code, message } =
    error instanceof ApiError ? error : { code: 'internal', message: error instanceof Error ? error.message : '' };
  return sentences[code] ?? (message || 'Something went wrong.');
}
