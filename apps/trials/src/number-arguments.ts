/** Numbers on the command lines of trials. Each throws commander's error, which says what it must be. */
import { InvalidArgumentError } from 'commander';

/** At least 1. */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return Number(text);
}

/** At least 0. */
export function parseWhole(text: string): number {
  if (!/^\d{1,7}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}

/** Above 0. */
export function parseAmount(text: string): number {
  const amount = Number(text);
  if (!(amount > 0 && Number.isFinite(amount))) throw new InvalidArgumentError('It must be a number above 0.');
  return amount;
}

/** 0 to 1. */
export function parseShare(text: string): number {
  const share = text.trim() === '' ? NaN : Number(text);
  if (!(share >= 0 && share <= 1)) throw new InvalidArgumentError('It must be a number of 0 to 1.');
  return share;
}
