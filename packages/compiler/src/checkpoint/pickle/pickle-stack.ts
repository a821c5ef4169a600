import { PickleCall, PickleDict, type PickleEntry, type PickleValue } from './values.ts';

/** The pickle machine's memory: its stack with marks, and its memo of values to be used again. */
export class PickleStack {
  readonly #values: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();

  push(value: PickleValue): void {
    this.#values.push(value);
  }

  pop(): PickleValue {
    if (this.#values.length <= this.#floor()) throw new Error('it takes a value from an empty stack');
    return this.#values.pop() as PickleValue;
  }

  top(): PickleValue {
    if (this.#values.length <= this.#floor()) throw new Error('it looks at an empty stack');
    return this.#values.at(-1) as PickleValue;
  }

  mark(): void {
    this.#marks.push(this.#values.length);
  }

  /** Everything above the last mark; the mark goes too. */
  popToMark(): PickleValue[] {
    const start = this.#marks.pop();
    if (start === undefined) throw new Error('it goes back to a mark that it never set');
    return this.#values.splice(start);
  }

  remember(index: number): void {
    this.#memo.set(index, this.top());
  }

  rememberNext(): void {
    this.remember(this.#memo.size);
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw new Error(`it recalls value ${index}, which it never stored`);
    this.push(value);
  }

  /** Adds to the list, set or call result on top. */
  append(items: readonly PickleValue[]): void {
    const target = this.top();
    const list = target instanceof PickleCall ? target.items : target;
    if (!Array.isArray(list)) throw new Error('it appends to something that is not a list');
    for (const item of items) list.push(item);
  }

  /** Sets entries of the dictionary or call result on top; keys and values in turn. */
  setEntries(keysAndValues: readonly PickleValue[]): void {
    const target = this.top();
    if (!(target instanceof PickleDict || target instanceof PickleCall)) {
      throw new Error('it sets an entry of something that is not a dictionary');
    }
    for (const entry of pairs(keysAndValues)) target.entries.push(entry);
  }

  #floor(): number {
    return this.#marks.at(-1) ?? 0;
  }
}

function pairs(keysAndValues: readonly PickleValue[]): PickleEntry[] {
  if (keysAndValues.length % 2 !== 0) throw new Error('it sets a key without a value');
  const entries: PickleEntry[] = [];
  for (let at = 0; at < keysAndValues.length; at += 2) {
    entries.push([keysAndValues[at] as PickleValue, keysAndValues[at + 1] as PickleValue]);
  }
  return entries;
}
