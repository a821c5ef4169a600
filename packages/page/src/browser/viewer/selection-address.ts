/** Whose parts, and which part, are chosen, as the address of a result says it: `?person=2&part=hair`. */
import { batch } from '@preact/signals';
import { select } from './region-map.ts';
import type { ViewerState } from './viewer-state.ts';

/** What the photo does not have is ignored. @param query as in `location.search` */
export function readSelection(state: ViewerState, query: string): void {
  const { map, parts, personIds } = state.viewed;
  const asked = new URLSearchParams(query);
  const personId = personIds.find((id) => String(id) === asked.get('person'));
  const name = asked.get('part')?.toLowerCase();
  const part = parts.find((known) => known.name.toLowerCase() === name);
  batch(() => {
    state.choosePerson(personId);
    const selector = part && { classId: part.id, ...(personId !== undefined && { personId }) };
    if (selector && select(map, selector).length > 0) state.chosen.value = { selector };
  });
}

/** @param query what it is now; what else it says is kept @returns empty, or with its question mark */
export function writeSelection(state: ViewerState, query: string): string {
  const asked = new URLSearchParams(query);
  const { classId, personId = state.person.value } = state.chosen.value?.selector ?? {};
  const values = {
    // What is nobody's has the number 0.
    person: personId === undefined || personId === 0 ? undefined : String(personId),
    part: classId === undefined ? undefined : state.viewed.className(classId),
  };
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined) asked.delete(name);
    else asked.set(name, value);
  }
  return asked.size === 0 ? '' : `?${asked.toString()}`;
}
