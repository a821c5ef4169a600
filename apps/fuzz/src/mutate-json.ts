/** JSON texts that are almost what a schema wants, or nothing like it. */
import { maxInputBytes } from './mutate-bytes.ts';
import type { Random } from '@m2fp/bench';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Stands for text that `JSON.stringify` would not write; replaced by it afterwards. */
const raw = (text: string): string => `@raw ${text}@`;
const rawPattern = /"@raw ([^"]*)@"/g;

const names = [
  '__proto__',
  'constructor',
  'toString',
  '',
  'a/b~c',
  '\u0000',
  'input',
  'outputs',
  'x'.repeat(10_000),
] as const;

const texts: readonly ((random: Random) => string)[] = [
  () => '',
  (random) => 'a'.repeat(random.magnitude(1, 300_000)),
  () => '\u0000\u001b[31m\u202e',
  () => '\ud800',
  () => '../../../etc/passwd',
  () => 'uploads/stranger/photo.jpg',
  () => '%2e%2e%2f%00',
  (random) => '<!---->'.repeat(random.magnitude(1, 2_000)),
  (random) => ' '.repeat(random.magnitude(1, 100_000)) + 'x',
  () => 'http://127.0.0.1:1/hook',
  () => 'http://[::ffff:7f00:1]/',
  (random) => `https://${'a.'.repeat(random.magnitude(1, 5_000))}com/`,
  () => '2026-02-30T25:61:61Z',
  (random) => random.bytes(random.magnitude(1, 200)).toString('latin1'),
];

const numbers = [0, -1, 0.5, 1e308, -1e308, 2 ** 53, 2 ** 31, 320, 25_000_000] as const;
const rawNumbers = [
  '1e999',
  '-0',
  '1E400',
  '0.1e-999',
  '123456789012345678901234567890',
  'NaN',
  '01',
  '0x10',
  '+1',
] as const;

const replacements: readonly ((random: Random, value: Json) => Json)[] = [
  () => null,
  (random) => random.chance(0.5),
  (random) => random.pick(numbers),
  (random) => raw(random.pick(rawNumbers)),
  (random) => random.pick(texts)(random),
  () => [],
  () => ({}),
  (_, value) => [value],
  (random, value) => {
    const most = Math.ceil(maxInputBytes / (JSON.stringify(value) ?? '').length);
    // Copies: a change inside of one value that stands at 10,000 places would be written 10,000 times.
    return Array.from({ length: Math.min(most, random.magnitude(2, 30_000)) }, () => structuredClone(value));
  },
  (random) => Array.from({ length: random.magnitude(2, 30_000) }, () => random.pick(['colormap', 'x', ''])),
  (random) => Array.from({ length: random.magnitude(2, 10_000) }, () => ({})),
  (random) => Object.fromEntries(Array.from({ length: random.magnitude(2, 10_000) }, (_, at) => [`field${at}`, at])),
  (random) => {
    const depth = random.magnitude(1, 20_000);
    return raw(
      random.chance(0.5) ? '['.repeat(depth) + ']'.repeat(depth) : "{'a':".repeat(depth) + '1' + '}'.repeat(depth),
    );
  },
];

/** The text of a JSON body: the value with one to three of its parts replaced, added or removed. */
export function mutateJson(value: unknown, random: Random): Buffer {
  const whole: { body: Json } = { body: structuredClone((value ?? {}) as Json) };
  for (let count = random.magnitude(1, 3); count > 0; count--) changeOnce(whole, random);
  const text = JSON.stringify(whole.body) ?? '';
  const written = text.replace(rawPattern, (_, inner: string) => inner.replaceAll("'", '"'));
  if (random.chance(0.05)) return Buffer.from(written.replace(/[{,]/, (comma) => `${comma}"input":{},"input":[],`));
  if (random.chance(0.03)) return Buffer.from(`\ufeff${written}`);
  if (random.chance(0.03)) return Buffer.from(written, 'utf16le');
  return Buffer.from(written);
}

function changeOnce(whole: { body: Json }, random: Random): void {
  const places = placesIn(whole);
  const [holder, name] = random.pick(places);
  const container = holder as Record<string | number, Json>;
  const value = container[name] ?? null;
  if (random.chance(0.2) && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    value[random.pick(names)] = random.pick(replacements)(random, 'x');
  } else if (random.chance(0.1) && holder !== whole && !Array.isArray(holder)) delete container[name];
  else container[name] = random.pick(replacements)(random, value);
}

const maxPlaces = 2_000;

function placesIn(whole: object): (readonly [holder: object, name: string])[] {
  const places: (readonly [object, string])[] = [];
  const holders = [whole];
  for (let holder = holders.pop(); holder !== undefined && places.length < maxPlaces; holder = holders.pop()) {
    for (const [name, value] of Object.entries(holder) as [string, unknown][]) {
      places.push([holder, name]);
      if (typeof value === 'object' && value !== null) holders.push(value);
    }
  }
  return places;
}
