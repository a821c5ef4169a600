/** What the visitor has chosen for the photos that are added next. */
import { signal } from '@preact/signals';
import type { components } from '@m2fp/client';

/** A choice that is absent is left to the service. */
export type ChosenOptions = components['schemas']['ParseOptions'] & { readonly model?: string };

/** What the page itself shows is always made. */
export const neededOutputs = ['masks', 'colormap', 'instances', 'overlay'] as const;

export const chosenOptions = signal<ChosenOptions>({ outputs: [...neededOutputs] });
