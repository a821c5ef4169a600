import { type ReadonlySignal, signal } from '@preact/signals';

const said = signal('');

/** What screen readers read out: what has happened without being asked for just now. */
export const announcement: ReadonlySignal<string> = said;

export function announce(text: string): void {
  said.value = text;
}
