/** How a variable's text becomes a value. Every process reads a given kind of value the same way. */
import { z } from 'zod';

/** A whole number in any notation of JavaScript: `26214400`, `2.5e7`, `0x1900000`. */
export function wholeNumber(least: number, most: number) {
  return z.string().transform((text, context) => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isInteger(value) && value >= least && value <= most) return value;
    context.addIssue({ code: 'custom', message: `must be a whole number from ${least} to ${most}` });
    return z.NEVER;
  });
}

/** 24 hours: more than anything here takes. */
const longestMs = 86_400_000;

export function milliseconds(least = 1) {
  return wholeNumber(least, longestMs);
}

export const text = z.string().min(1);

export const flag = z
  .enum(['true', 'false', '1', '0'], { error: 'must be true, false, 1 or 0' })
  .transform((value) => value === 'true' || value === '1');

/** @param schemes such as `['http', 'https']` */
export function url(schemes: readonly string[]) {
  const list = schemes.map((scheme) => `${scheme}://`).join(' or ');
  return z.url({ protocol: new RegExp(`^(${schemes.join('|')})$`), error: `must be a URL with ${list}` });
}

/** The old name of a variable: if it is still set, the process does not start and says the new name. */
export function renamedTo(name: string) {
  return z.never({ error: `is called ${name} now` }).optional();
}
