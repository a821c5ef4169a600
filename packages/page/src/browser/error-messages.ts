import { M2fpError } from '@m2fp/client/jobs';
import { t, textOf } from './i18n/language.ts';

/** What a visitor can do about an error, by its code; any other code shows the server's own sentence. */
export function explain(error: unknown): string {
  const own = error instanceof M2fpError ? textOf(`error.${error.code}`) : undefined;
  return own ?? ((error instanceof Error && error.message) || t('error.unknown'));
}
