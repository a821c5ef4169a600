/** Requests as bytes: valid ones of the seeds, and what becomes of them. */
import { byteMutations } from '../mutate-bytes.ts';
import type { Random } from '@m2fp/bench';
import type { FuzzCase } from '../run-cases.ts';
import type { ApiUnderTest } from './api-under-test.ts';
import { mutateJson } from '../mutate-json.ts';
import type { SeedRequest, Seeds } from './seed-requests.ts';

export interface RawRequest {
  readonly bytes: Buffer;
  readonly isHead: boolean;
  /** Whether it is one whole request that has to be answered in time. */
  readonly isWhole: boolean;
  /** Its path, if it is as it was. */
  readonly path: string;
}

interface Draft {
  method: string;
  target: string;
  headers: [name: string, value: string][];
  body: Buffer;
  isWhole: boolean;
}

type RequestMutation = (draft: Draft, random: Random, seeds: Seeds, seed: SeedRequest) => void;

const boundary = 'fuzz-boundary';

const set = (draft: Draft, name: string, value: string): void => {
  draft.headers = [...draft.headers.filter(([known]) => known.toLowerCase() !== name), [name, value]];
};

const long = (random: Random, text: string): string =>
  text.repeat(random.magnitude(1, Math.floor(8_000 / text.length)));

/** Headers with a meaning, and what they should not say. */
const headerValues: Readonly<Record<string, readonly ((random: Random) => string)[]>> = {
  accept: [
    () => '*/*;q=0',
    () => 'image/png',
    (random) => long(random, 'a/b;q=0.5,'),
    () => 'text/html',
    () => ',,;;==',
    () => '',
  ],
  prefer: [
    () => 'wait=1',
    () => 'wait=0',
    () => 'wait=-1',
    () => 'wait=1e9',
    () => 'wait',
    (random) => long(random, 'wait=0,'),
  ],
  range: [
    () => 'bytes=0-',
    () => 'bytes=-1',
    () => 'bytes=9-1',
    (random) => long(random, 'bytes=0-1,'),
    () => 'lines=1-2',
  ],
  'idempotency-key': [
    () => 'same',
    () => '',
    (random) => long(random, 'k'),
    () => '\u00e9\u00ff',
    (random) => `k${random.below(50)}`,
  ],
  traceparent: [
    () => `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    (random) => long(random, '00-'),
    () => `ff-${'0'.repeat(32)}-0-00`,
  ],
  'x-request-id': [() => 'a b', (random) => long(random, 'id'), () => '../x', () => '"'],
  'content-type': [
    () => 'application/json; charset=utf-16',
    () => 'text/plain',
    () => 'image/jpeg',
    () => '',
    (random) => long(random, 'application/json;'),
    () => 'multipart/form-data',
    () => `multipart/form-data; boundary=${'b'.repeat(500)}`,
  ],
  expect: [() => '100-continue', () => 'the-unexpected'],
  origin: [() => 'https://evil.example', () => 'null'],
  host: [() => 'evil.example', () => '', () => '[::1', () => 'a b', () => '127.0.0.1:99999'],
  'x-forwarded-for': [() => '10.0.0.1'],
  'last-event-id': [() => '-1', () => '99999999999999999999', () => 'x'],
  'accept-encoding': [() => 'br, gzip', () => 'identity;q=0'],
  'content-encoding': [() => 'gzip', () => 'br'],
  'if-none-match': [() => '*', () => '"x"'],
  authorization: [
    () => 'Bearer',
    () => 'Basic OjphYmM=',
    (random) => `Bearer ${long(random, 'm2fp_')}`,
    () => `Bearer m2fp_${'0'.repeat(16)}_${'0'.repeat(64)}`,
  ],
  cookie: [(random) => long(random, 'a=b; ')],
  connection: [() => 'keep-alive', () => 'upgrade'],
  upgrade: [() => 'websocket', () => 'h2c'],
};

const targets: readonly ((target: string, random: Random) => string)[] = [
  (target) => target.replaceAll('/', '%2f'),
  (target) => `/${target}`,
  (target) => `${target}/`,
  (target) => `${target}/../../admin`,
  (target) => `${target}%00`,
  (target) => `${target}/%`,
  (target) => target.toUpperCase(),
  (target) => `http://evil.example${target}`,
  (target) => `${target}?${'a=b&'.repeat(1_000)}`,
  (target) => `${target}?limit=-1&limit=5&cursor=%ff&status=__proto__`,
  (target) => `${target}?limit=1e3&cursor=job_${'0'.repeat(32)}`,
  (target) => `${target}?outputs=${'colormap,'.repeat(900)}`,
  (target) => target.replace(/[0-9a-f]{8}/, '%F0%9F%98%80'),
  (target) => target.replace(/[0-9a-f]{32}/, '0'.repeat(32)),
  () => '*',
  () => 'x',
  (target, random) => target + '/a'.repeat(random.magnitude(1, 3_000)),
];

const methods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'get',
  'CONNECT',
] as const;

const parts: readonly ((random: Random, seeds: Seeds) => Buffer)[] = [
  () => formPart('options', Buffer.from('{"outputs":["masks"]}')),
  (random) => formPart('options', mutateJson({ outputs: ['masks'], short_side: 320, palette: {} }, random)),
  (random) => formPart('metadata', mutateJson({ a: 'b' }, random)),
  (random) => formPart('webhook', mutateJson({ url: 'https://example.com/', events: ['job.failed'] }, random)),
  (_, { photo }) => formPart('image', photo, '; filename="a.jpg"\r\ncontent-type: image/jpeg'),
  (random) => formPart('image', random.bytes(random.magnitude(1, 5_000)), '; filename="\u0000../a"'),
  (random) => formPart(long(random, 'name'), Buffer.from('1')),
  (random) => formPart('output', Buffer.from('{}'), `\r\nx: ${long(random, 'y')}`),
  (random) =>
    Buffer.concat(Array.from({ length: random.magnitude(1, 3_000) }, (_, at) => formPart(`f${at}`, Buffer.from('1')))),
  () => Buffer.from(`--${boundary}\r\n\r\nno headers\r\n`),
  () => Buffer.from(`--${boundary}\n\nbare newlines\n`),
];

const mutations: Readonly<Record<string, RequestMutation>> = {
  valid: () => undefined,
  'JSON body': (draft, random, _, { json }) => {
    set(draft, 'content-type', 'application/json');
    draft.body = mutateJson(json, random);
  },
  form: (draft, random, seeds) => {
    set(draft, 'content-type', `multipart/form-data; boundary=${boundary}`);
    const made = Array.from({ length: random.magnitude(1, 6) }, () => random.pick(parts)(random, seeds));
    draft.body = Buffer.concat([...made, Buffer.from(random.chance(0.8) ? `--${boundary}--\r\n` : '')]);
  },
  'body bytes': (draft, random, { photo }) => {
    const from = draft.body.length > 0 ? draft.body : photo;
    draft.body = random.pick(Object.values(byteMutations))(from, random, photo);
  },
  'large body': (draft, random) => {
    const open = random.pick(['[', '{"a":', '"', ' ', '{"input":{"keys":["', '{"options":{"outputs":["colormap"']);
    draft.body = Buffer.from(
      open + random.pick(['1,', '[', '"x",', 'x', ' ', '"colormap",']).repeat(random.magnitude(1_000, 1_000_000)),
    );
  },
  headers: (draft, random) => {
    for (let count = random.magnitude(1, 4); count > 0; count--) {
      const name = random.pick(Object.keys(headerValues));
      set(draft, name, random.pick(headerValues[name] ?? [() => ''])(random));
    }
  },
  'many headers': (draft, random) => {
    const count = random.magnitude(10, 5_000);
    draft.headers.push(...Array.from({ length: count }, (_, at): [string, string] => [`x-${at}`, 'y']));
  },
  target: (draft, random) => (draft.target = random.pick(targets)(draft.target, random)),
  method: (draft, random) => (draft.method = random.pick(methods)),
  'length that lies': (draft, random) => {
    const value = random.pick([
      '0',
      '-1',
      '1',
      '99999999999',
      '1e3',
      `${draft.body.length + 10}`,
      `${draft.body.length}, 5`,
    ]);
    draft.headers.push(['content-length', value]);
    draft.isWhole = false;
  },
  'transfer encoding': (draft, random) => {
    draft.headers.push([
      'transfer-encoding',
      random.pick(['chunked', 'gzip, chunked', 'chunked, chunked', 'x', ' chunked']),
    ]);
    const size = random.pick(['5', 'ffffffffffffffff', '-1', 'zz', '0', '10000']);
    draft.body = Buffer.concat([
      Buffer.from(`${size};x=${'y'.repeat(random.magnitude(1, 5_000))}\r\n`),
      draft.body,
      Buffer.from('\r\n0\r\n\r\n'),
    ]);
    draft.isWhole = false;
  },
};

/** What has the most ways to be wrong comes up most often. */
const mutationNames = [
  ...Object.keys(mutations),
  ...['raw bytes', 'pipelined', 'JSON body', 'JSON body', 'JSON body', 'form', 'large body'],
];

/** Requests that a mutation of bodies is about. */
const withBody: Readonly<Record<string, (seed: SeedRequest) => boolean>> = {
  'JSON body': ({ json }) => json !== undefined,
  'large body': ({ json }) => json !== undefined,
  form: ({ form }) => form !== undefined,
};

export function mutateRequest(seeds: Seeds, keys: ApiUnderTest['keys'], random: Random): FuzzCase<RawRequest> {
  const mutation = random.pick(mutationNames);
  const seed = random.pick(seeds.requests.filter(withBody[mutation] ?? (() => true)));
  const draft = draftOf(seed, seeds, random);
  const key = keyFor(keys, random);
  if (key !== undefined) set(draft, 'authorization', `Bearer ${key}`);
  mutations[mutation]?.(draft, random, seeds, seed);
  if (random.chance(0.1)) mutations[random.pick(Object.keys(mutations))]?.(draft, random, seeds, seed);
  const hasLength = draft.headers.some(([name]) => name === 'content-length' || name === 'transfer-encoding');
  if (!hasLength && draft.body.length > 0) set(draft, 'content-length', String(draft.body.length));
  const bytes = encode(draft);
  const rest = { isHead: draft.method === 'HEAD', path: seed.path };
  if (mutation === 'raw bytes') {
    const changed = random.pick(Object.values(byteMutations))(
      bytes,
      random,
      encode(draftOf(random.pick(seeds.requests), seeds, random)),
    );
    return { mutation, input: { ...rest, bytes: changed, isWhole: false } };
  }
  if (mutation === 'pipelined') {
    set(draft, 'connection', 'keep-alive');
    const many = Buffer.concat(Array.from({ length: random.magnitude(2, 200) }, () => encode(draft)));
    return { mutation, input: { ...rest, bytes: many, isWhole: false } };
  }
  // CONNECT asks for a tunnel; Node hangs up.
  return { mutation, input: { ...rest, bytes, isWhole: draft.isWhole && draft.method !== 'CONNECT' } };
}

function keyFor(keys: ApiUnderTest['keys'], random: Random): string | undefined {
  if (random.chance(0.6)) return keys.own;
  return random.chance(0.2) ? undefined : random.pick(Object.values(keys));
}

function draftOf(seed: SeedRequest, { photo }: Seeds, random: Random): Draft {
  const { method, path, query, json, form, isPhoto } = seed;
  const search = query.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
  const draft: Draft = {
    method,
    target: search === '' ? path : `${path}?${search}`,
    headers: [
      ['host', '127.0.0.1'],
      ['connection', 'close'],
    ],
    body: Buffer.alloc(0),
    isWhole: true,
  };
  if (json !== undefined) {
    set(draft, 'content-type', 'application/json');
    draft.body = Buffer.from(JSON.stringify(json));
  } else if (form !== undefined) {
    set(draft, 'content-type', `multipart/form-data; boundary=${boundary}`);
    const fields = Object.entries(form).map(([name, value]) => formPart(name, Buffer.from(JSON.stringify(value))));
    const image = formPart('image', photo, '; filename="photo.jpg"\r\ncontent-type: image/jpeg');
    draft.body = Buffer.concat([
      ...(random.chance(0.5) ? [image, ...fields] : [...fields, image]),
      Buffer.from(`--${boundary}--\r\n`),
    ]);
  } else if (isPhoto === true) {
    set(draft, 'content-type', 'image/jpeg');
    draft.body = photo;
  }
  return draft;
}

function formPart(name: string, content: Buffer, more = ''): Buffer {
  const head = Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n`, 'latin1');
  return Buffer.concat([head, content, Buffer.from('\r\n')]);
}

function encode({ method, target, headers, body }: Draft): Buffer {
  const lines = [`${method} ${target} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`), '', ''];
  return Buffer.concat([Buffer.from(lines.join('\r\n'), 'latin1'), body]);
}
