/**
 * Values of Python in the texts of a configuration. YAML has no tuples, so detectron2's files have `(640,)` and
 * `("cihp_parsing_val",)`, which YAML reads as text; detectron2 evaluates each text that is a literal
 * (`yacs/config.py`, `_decode_cfg_value`), and leaves any other as it is.
 */
export type PythonValue = null | boolean | number | string | PythonValue[];

/** Nothing in a configuration is longer; a text of any length stays a text. */
const maxLength = 10_000;
const maxDepth = 8;

/** What a text stands for: a number, text in quotes, `True`, `False`, `None`, or a tuple or list of these. */
export function decodeLiteral(text: string): PythonValue {
  if (text.length > maxLength) return text;
  const reader = new LiteralReader(text);
  const value = reader.value(0);
  return value === undefined || !reader.atEnd() ? text : value;
}

/** Each method gives undefined for what is not a literal. */
class LiteralReader {
  #position = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): PythonValue | undefined {
    const next = this.#peek();
    if (next === '(' || next === '[') return depth < maxDepth ? this.#sequence(depth) : undefined;
    if (next === '"' || next === "'")
      return this.#match(/"((?:[^"\\]|\\["'\\])*)"|'((?:[^'\\]|\\["'\\])*)'/y)?.slice(1, -1);
    const word = this.#match(/[A-Za-z]+/y);
    if (word !== undefined) return { True: true, False: false, None: null }[word];
    const number = this.#match(/[+-]?(\d[\d_]*(\.\d*)?|\.\d+)([eE][+-]?\d+)?/y);
    return number === undefined ? undefined : Number(number.replaceAll('_', ''));
  }

  atEnd(): boolean {
    return this.#peek() === undefined;
  }

  /** `(a,)` and `(a, b)` are tuples, `(a)` is `a`; a comma may end either sequence. */
  #sequence(depth: number): PythonValue | undefined {
    const close = this.#take() === '(' ? ')' : ']';
    const items: PythonValue[] = [];
    let commas = 0;
    while (this.#peek() !== close) {
      const item = this.value(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
      if (this.#peek() !== ',') break;
      this.#take();
      commas += 1;
    }
    if (this.#take() !== close) return undefined;
    return close === ')' && commas === 0 && items.length === 1 ? items[0] : items;
  }

  #peek(): string | undefined {
    while (/^\s$/.test(this.#text[this.#position] ?? '')) this.#position += 1;
    return this.#text[this.#position];
  }

  #take(): string | undefined {
    const next = this.#peek();
    this.#position += 1;
    return next;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position;
    const found = pattern.exec(this.#text)?.[0];
    this.#position += found?.length ?? 0;
    return found;
  }
}
