/** A configuration of detectron2 by dotted names, `MODEL.RESNETS.DEPTH`; it remembers what was asked for. */
import { decodeLiteral } from './python-literal.ts';
import { isObject, type YamlObject } from './yaml-file.ts';

export class Settings {
  readonly #root: YamlObject;
  readonly #asked = new Set<string>();

  constructor(root: YamlObject) {
    this.#root = root;
  }

  /** Text that is a literal of Python is what it stands for. Undefined for a key that is missing. */
  get(name: string): unknown {
    this.#asked.add(name);
    const value = this.#find(name);
    return typeof value === 'string' ? decodeLiteral(value) : value;
  }

  /** Also of a section, which does not count as asked for. */
  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  /** A flag that the file has; undefined if it is missing or no flag. */
  flag(name: string): boolean | undefined {
    const value = this.get(name);
    return typeof value === 'boolean' ? value : undefined;
  }

  /** One text or a list of texts. */
  texts(name: string): string[] {
    const value = this.get(name);
    return (Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string');
  }

  /** A list of numbers as long as asked; undefined for anything else. */
  numbers(name: string, count?: number): number[] | undefined {
    const value = this.get(name);
    if (!Array.isArray(value) || (count !== undefined && value.length !== count)) return undefined;
    return value.every((item) => typeof item === 'number' && Number.isFinite(item)) ? (value as number[]) : undefined;
  }

  #find(name: string): unknown {
    let value: unknown = this.#root;
    for (const part of name.split('.')) {
      value = isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined;
    }
    return value;
  }

  /** Keys that were never asked for; a section of which nothing was is named as a whole. */
  unasked(most: number): string[] {
    const found: string[] = [];
    const visit = (section: YamlObject, path: string): void => {
      for (const [key, value] of Object.entries(section)) {
        const name = `${path}${key}`;
        if (this.#asked.has(name)) continue;
        const isPartlyAsked = [...this.#asked].some((asked) => asked.startsWith(`${name}.`));
        if (isObject(value) && isPartlyAsked) visit(value, `${name}.`);
        else found.push(name);
      }
    };
    visit(this.#root, '');
    return found.length <= most ? found : [...found.slice(0, most), `and ${found.length - most} more`];
  }
}
