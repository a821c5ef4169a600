/** Settings from the environment: fragments, the parsers they are made of, and how an application reads them. */
export { secretSettings } from '../environment/secret-variables.ts';
export * from './fragments.ts';
export { ConfigError, readSettings, type SettingsOf } from './read-settings.ts';
export { flag, milliseconds, text, url, wholeNumber } from './variables.ts';
