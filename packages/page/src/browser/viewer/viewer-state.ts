/** What the viewer shows of a photo, and what its visitor has chosen; no DOM. */
import { batch, computed, signal } from '@preact/signals';
import { classTitle } from '../i18n/class-names.ts';
import { t } from '../i18n/language.ts';
import { safeColors } from './colors.ts';
import { colorsOf, type Highlight } from './painter.ts';
import { type Region, select, type Selector } from './region-map.ts';
import type { Size, View } from './view-transform.ts';
import type { ViewedPhoto } from './viewed-photo.ts';

const safeColorsKey = 'safe-colors';

/** The same for all photos. */
export const opacity = signal(0.6);
/** Where the colors begin, as a share of the stage's width; undefined without a divider. */
export const divider = signal<number | undefined>(undefined);
export const hasSafeColors = signal(readSaved());

export function saveSafeColors(isChosen: boolean): void {
  hasSafeColors.value = isChosen;
  try {
    localStorage.setItem(safeColorsKey, String(isChosen));
  } catch {
    // Nothing is kept where the visitor does not allow it.
  }
}

function readSaved(): boolean {
  try {
    return localStorage.getItem(safeColorsKey) === 'true';
  } catch {
    return false;
  }
}

/** A part that was clicked, in the picture (at a place on the stage, CSS px) or in the legend. */
export interface Chosen {
  readonly selector: Selector;
  readonly at?: { readonly x: number; readonly y: number };
}

export interface Pointed {
  readonly selector: Selector;
  readonly isSpotlight: boolean;
}

export interface Tip {
  /** CSS px */
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

export type ViewerState = ReturnType<typeof createViewerState>;

export function createViewerState(viewed: ViewedPhoto) {
  const { map, parts } = viewed;
  const stage = signal<Size>({ width: 0, height: 0 });
  /** Undefined until the stage has a size. */
  const view = signal<View | undefined>(undefined);
  /** Region ids. */
  const hidden = signal<ReadonlySet<number>>(new Set());
  const pointed = signal<Pointed | undefined>(undefined);
  /** What the part under the pointer is called, at a place on the stage. */
  const tip = signal<Tip | undefined>(undefined);
  const chosen = signal<Chosen | undefined>(undefined);
  /** Whose parts the legend lists; undefined = everybody's. */
  const person = signal<number | undefined>(undefined);

  const color = computed(() => {
    if (!hasSafeColors.value) return viewed.color;
    const own = safeColors(parts.length);
    const byId = new Map(parts.map(({ id }, i) => [id, own[i] ?? ([0, 0, 0] as const)]));
    return (classId: number) => byId.get(classId) ?? ([0, 0, 0] as const);
  });
  const colors = computed(() => {
    const name = `${hasSafeColors.value ? 'safe' : 'own'} ${[...hidden.value].join()}`;
    return colorsOf(name, map, hidden.value, color.value, hasSafeColors.value);
  });
  const highlights = computed((): Highlight[] => {
    const shown: Highlight[] = [];
    const lasting = chosen.value?.selector ?? (person.value === undefined ? undefined : { personId: person.value });
    const passing = pointed.value;
    if (lasting !== undefined && passing?.isSpotlight !== true)
      shown.push({ regions: select(map, lasting), isSpotlight: true });
    if (passing !== undefined) shown.push({ ...passing, regions: select(map, passing.selector) });
    return shown;
  });

  return {
    ...{ viewed, stage, view, hidden, pointed, tip, chosen, person, color, colors, highlights },

    isHidden: (regions: readonly Region[]): boolean => regions.every(({ id }) => hidden.value.has(id)),
    setHidden(regions: readonly Region[], isHidden: boolean): void {
      const next = new Set(hidden.value);
      for (const { id } of regions) {
        if (isHidden) next.add(id);
        else next.delete(id);
      }
      hidden.value = next;
    },
    showOnly(regions: readonly Region[]): void {
      const kept = new Set(regions.map(({ id }) => id));
      hidden.value = new Set(map.regions.filter(({ id }) => id > 0 && !kept.has(id)).map(({ id }) => id));
    },
    showAll: (): void => void (hidden.value = new Set()),
    choosePerson(id: number | undefined): void {
      batch(() => {
        person.value = id;
        chosen.value = undefined;
      });
    },
    /** What a part is called: "left shoe, person 2". */
    title: ({ classId, personId }: Selector): string => {
      const whose = personId === undefined || personId === 0 ? undefined : t('viewer.person', { id: personId });
      return [partTitle(viewed, classId), whose].filter((word) => word !== undefined).join(' · ');
    },
  };
}

/** In the page's language; undefined for a whole person. */
export function partTitle(viewed: ViewedPhoto, classId: number | undefined): string | undefined {
  if (classId === undefined || classId === 0) return undefined;
  const title = classTitle(viewed.className(classId), viewed.cardTitle(classId));
  return title.charAt(0).toUpperCase() + title.slice(1);
}

/** As it stands within a sentence: "T-shirt" and "PVC" stay as they are. */
export function partName(viewed: ViewedPhoto, classId: number): string {
  const title = classTitle(viewed.className(classId), viewed.cardTitle(classId));
  return /^\p{Lu}\p{Ll}/u.test(title) ? title.charAt(0).toLowerCase() + title.slice(1) : title;
}
