import { M2fpError } from '@m2fp/client';

/** What a visitor can do about an error, by its code; any other code shows the server's own sentence. */
const sentences: Readonly<Partial<Record<M2fpError['code'], string>>> = {
  image_unreadable: 'This file is not a picture, or it is damaged.',
  unsupported_format: 'Only JPEG, PNG, WebP and AVIF photos can be parsed.',
  image_too_large: 'This photo is too large.',
  payload_too_large: 'This photo is too large.',
  unauthorized: 'This server requires an API key: use the button at the top.',
  forbidden: 'Your API key does not allow this.',
  rate_limited: 'Too many photos in a short time. The next try is in a moment.',
  overloaded: 'The server is busy. The next try is in a moment.',
  timeout: 'Parsing took too long and was stopped.',
  model_unavailable: 'The server has no model to parse with.',
  queue_unavailable: 'The server is having trouble. This page keeps trying.',
  storage_unavailable: 'The server is having trouble. This page keeps trying.',
  expired: 'This result is no longer kept on the server.',
  canceled: 'Canceled.',
  network: 'The server cannot be reached. This page keeps trying.',
};

export function explain(error: unknown): string {
  const own = error instanceof M2fpError ? sentences[error.code] : undefined;
  return own ?? ((error instanceof Error && error.message) || 'Something went wrong.');
}
