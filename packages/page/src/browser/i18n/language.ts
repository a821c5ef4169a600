/** The language of the page, and its texts: those of `en.ts`, and of the others once they are needed. */
import { effect, signal } from '@preact/signals';
import { en, type TextKey } from './en.ts';

/**
 * In their own words, as the switch shows them; `tag` is what `lang` says (BCP 47). Between sentences and between the
 * items of a list stands what the language puts there.
 */
export const languages = {
  en: { tag: 'en', title: 'English', betweenSentences: ' ', betweenItems: ', ' },
  zh: { tag: 'zh-CN', title: '简体中文', betweenSentences: '', betweenItems: '、' },
} as const;
export type Language = keyof typeof languages;

/** In English, a text with `{count}` may differ for one. */
type Text = string | { readonly one: string; readonly other: string };

/** The names of the places in a text, such as `count` in `{count} photos`. */
type PlacesIn<Words extends string> = Words extends `${string}{${infer Name}}${infer Rest}`
  ? Name | PlacesIn<Rest>
  : never;
type WordsOf<Key extends TextKey> = (typeof en)[Key] extends string
  ? (typeof en)[Key]
  : (typeof en)[Key] extends { readonly other: infer Words extends string }
    ? Words
    : never;
type Fillings<Key extends TextKey> = [PlacesIn<WordsOf<Key>>] extends [never]
  ? []
  : [values: Readonly<Record<PlacesIn<WordsOf<Key>>, string | number>>];

const storageKey = 'language';
const shown = signal<{ readonly language: Language; readonly texts: Readonly<Record<TextKey, Text>> }>({
  language: 'en',
  texts: en,
});

/** The language that is shown. What reads it while it renders is rendered again when it changes. */
export function language(): Language {
  return shown.value.language;
}

/**
 * A text in the page's language, its places filled. Numbers are written as the language writes them, with at most two
 * decimals; a text with two forms gets that of its `count`.
 */
export function t<Key extends TextKey>(key: Key, ...[values]: Fillings<Key>): string {
  return filled(shown.value.texts[key], values ?? {});
}

/** The same for keys that are put together: undefined if there is no such text, or one with places. */
export function textOf(key: string): string | undefined {
  const text = Object.hasOwn(en, key) ? shown.value.texts[key as TextKey] : undefined;
  return typeof text === 'string' && !text.includes('{') ? text : undefined;
}

/** Texts that are whole sentences, one after the other. */
export function sentences(texts: readonly string[]): string {
  return texts.join(languages[language()].betweenSentences);
}

/** The items of a list, without a word before the last. */
export function listed(items: readonly string[]): string {
  return items.join(languages[language()].betweenItems);
}

/** A number as the language writes it. */
export function numberText(value: number, options: Intl.NumberFormatOptions = { maximumFractionDigits: 2 }): string {
  return new Intl.NumberFormat(languages[language()].tag, options).format(value);
}

/** Shows a language from now on, and at the next visits. Nothing changes if its texts cannot be had. */
export async function chooseLanguage(chosen: Language): Promise<void> {
  await show(chosen);
  try {
    localStorage.setItem(storageKey, chosen);
  } catch {
    // Nothing is kept where the visitor does not allow it.
  }
}

/** Shows the language that was chosen before, or else the browser's; to be awaited before anything is rendered. */
export async function startLanguage(): Promise<void> {
  await show(preferredLanguage(chosenBefore(), navigator.languages));
  effect(() => {
    document.documentElement.lang = languages[language()].tag;
  });
}

/**
 * @param before the visitor's choice, if there is one
 * @param wanted the browser's languages, the best first
 */
export function preferredLanguage(before: string | undefined, wanted: readonly string[]): Language {
  const known = [before, ...wanted].map((tag) => tag?.toLowerCase().split('-')[0]);
  return known.find(isLanguage) ?? 'en';
}

function isLanguage(text: string | undefined): text is Language {
  return text !== undefined && Object.hasOwn(languages, text);
}

function chosenBefore(): string | undefined {
  try {
    return localStorage.getItem(storageKey) ?? undefined;
  } catch {
    return undefined;
  }
}

async function show(chosen: Language): Promise<void> {
  if (chosen === language()) return;
  try {
    shown.value = { language: chosen, texts: chosen === 'en' ? en : (await import('./zh.ts')).zh };
  } catch {
    // English, or what was shown before, is better than nothing.
  }
}

function filled(text: Text, values: Readonly<Record<string, string | number>>): string {
  const words = typeof text === 'string' ? text : text[values.count === 1 ? 'one' : 'other'];
  return words.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name] ?? '';
    return typeof value === 'number' ? numberText(value) : value;
  });
}
