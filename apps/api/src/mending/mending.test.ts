// cspell:ignore portait cancle shortside
/** Mistakes that newcomers make with curl: each answer has the mended command, or the right name. */
import { describe, expect, test } from 'vitest';
import { createTestApi, encodeForm, photo, testSettings } from '../../testing/test-api.ts';
import { anonymousCaller } from '../access/caller.ts';
import { nearName } from './near-names.ts';
import { nearPath } from './paths.ts';

interface Sent {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly form?: Record<string, string | Uint8Array<ArrayBuffer>>;
}

/** As curl sends it: a body without a type is said to be a form's. */
async function answerTo({ method, path, headers = {}, body, form }: Sent, api = createTestApi()) {
  const sent = form === undefined ? undefined : await encodeForm(formOf(form));
  const own: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
  const init = {
    method: method ?? ((body ?? form) ? 'POST' : 'GET'),
    headers: { ...own, ...headers, ...sent?.headers },
  };
  const response = await api.request(path, { ...init, ...((sent?.body ?? body) && { body: sent?.body ?? body }) });
  const problem = (await response.json()) as { code: string; detail: string; errors?: { message: string }[] };
  return {
    status: response.status,
    text: [problem.detail, ...(problem.errors ?? []).map((e) => e.message)].join('\n'),
  };
}

function formOf(fields: NonNullable<Sent['form']>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') form.set(name, value);
    else form.set(name, new Blob([value]), 'photo.jpg');
  }
  return form;
}

const json = { 'content-type': 'application/json' };
const spoiled = photo(300);

const mistakes: [string, Sent, number, string][] = [
  ['-F file=@photo.jpg', { path: '/v1/jobs', form: { file: photo() } }, 422, '-F image=@photo.jpg'],
  ['-F image=photo.jpg', { path: '/v1/jobs', form: { image: 'photo.jpg' } }, 422, '-F image=@photo.jpg'],
  ['-F Image=…', { path: '/parse', form: { Image: 'x' } }, 422, 'Did you mean `image`?'],
  ['-F short_side=720', { path: '/v1/jobs', form: { short_side: '720' } }, 422, `-F 'options={"short_side": …}'`],
  [
    "-F 'options={short_side:720}'",
    { path: '/v1/jobs', form: { options: '{short_side:720}', image: photo() } },
    422,
    'double quotes are missing',
  ],
  ['-F without a photo', { path: '/v1/jobs', form: { model: 'portrait' } }, 422, '-F image=@photo.jpg'],
  [
    "-d '{…}' without a header",
    { path: '/v1/jobs', body: '{"input":{"key":"inputs/a.jpg"}}' },
    415,
    'came as application/x-www-form-urlencoded, which is what curl says unless it is told otherwise. Send it as ' +
      "application/json or multipart/form-data. With curl, JSON: `curl -H 'content-type: application/json' -d",
  ],
  [
    "the same to /parse, which takes photos' bytes",
    { path: '/parse', body: '{"input":{"key":"inputs/a.jpg"}}' },
    415,
    "add -H 'content-type: application/json'",
  ],
  ['-d "{\'input\': …}"', { path: '/v1/jobs', headers: json, body: "{'input': 1}" }, 400, 'in double quotes'],
  ["-d '{…}' in Windows' shell", { path: '/v1/jobs', headers: json, body: "'{input:" }, 400, '-d @job.json'],
  ['-d "{"input": …}"', { path: '/v1/jobs', headers: json, body: '{input:{key:a}}' }, 400, '-d @job.json'],
  ['-d ""', { path: '/v1/jobs', headers: json, body: ' ' }, 400, "curl -H 'content-type: application/json' -d"],
  ['--data-raw @job.json', { path: '/v1/jobs', headers: json, body: '@job.json' }, 400, '-d @job.json'],
  ['--data-binary photo.jpg', { path: '/parse', body: 'photo.jpg' }, 422, '--data-binary @photo.jpg'],
  ['-d @photo.jpg', { path: '/parse', body: spoiled }, 422, '--data-binary @photo.jpg'],
  ['-T photo.jpg to jobs', { method: 'PUT', path: '/v1/jobs', body: photo() }, 405, '-F image=@photo.jpg http://'],
  ['-T photo.jpg with a slash', { method: 'PUT', path: '/parse/photo.jpg', body: photo() }, 404, 'mean `/parse`?'],
  ['no method and no body', { path: '/parse' }, 405, 'curl -F image=@photo.jpg http://localhost/parse'],
  ['-X GET -F …', { path: '/v1/jobs', headers: { 'content-length': '9' } }, 400, 'curl -F image=@photo.jpg http://'],
  ['-X DELETE', { method: 'DELETE', path: '/v1/jobs' }, 405, 'Use one of: GET, HEAD, OPTIONS, POST'],
  ['a slash at the end', { path: '/v1/jobs/' }, 404, 'Did you mean `/v1/jobs`?'],
  ['/v1/job', { path: '/v1/job' }, 404, 'Did you mean `/v1/jobs`?'],
  ['/jobs', { method: 'POST', path: '/jobs', body: 'x' }, 404, 'Did you mean `/v1/jobs`?'],
  ['/api/v1/models', { path: '/api/v1/models' }, 404, 'Did you mean `/v1/models`?'],
  ['a wrong id', { path: '/v1/jobs/123' }, 404, '`job_9f86d081884c7d659a2feaa0c55ad015`'],
  ['a wrong file', { path: `/v1/jobs/job_${'0a'.repeat(16)}/files/mask` }, 404, 'Did you mean `masks`?'],
  [
    'a body that is too large',
    { path: '/parse', headers: { 'content-length': '99999999' }, body: 'x' },
    413,
    'at most 20000 bytes are allowed. This request has 99999999. Send a smaller copy, or have `MAX_IMAGE_BYTES` raised',
  ],
  ['a photo in JSON', { path: '/v1/jobs', headers: json, body: '{"image":"aGk="}' }, 422, '-F image=@photo.jpg'],
  ['a key beside input', { path: '/v1/jobs', headers: json, body: '{"key":"a"}' }, 422, 'belongs into `input`'],
  [
    'an option beside options',
    { path: '/v1/jobs', headers: json, body: '{"input":{"key":"inputs/a.jpg"},"short_side":720}' },
    422,
    'belongs into `options`',
  ],
  [
    'a misspelled option',
    { path: '/v1/jobs', headers: json, body: '{"input":{"key":"inputs/a.jpg"},"options":{"shortSide":720}}' },
    422,
    'Did you mean `short_side`?',
  ],
  ['one in the URL', { path: '/parse?shortside=720', body: photo() }, 422, 'Did you mean `short_side`?'],
  ['one in the URL of jobs', { path: '/v1/jobs?palette=voc', body: photo() }, 422, 'options go into the body'],
  [
    'a misspelled output',
    { path: '/v1/jobs', headers: json, body: '{"input":{"key":"inputs/a.jpg"},"options":{"outputs":["mask"]}}' },
    422,
    'Did you mean `masks`?',
  ],
  ['a misspelled filter', { path: '/v1/jobs?state=failed' }, 422, 'there are: limit, status, cursor'],
  ['a misspelled model', { path: '/parse?model=portait', body: photo() }, 422, 'Did you mean `portrait`?'],
  [
    'a form with a header of its own',
    { path: '/v1/jobs', headers: { 'content-type': 'multipart/form-data' }, body: '--x' },
    400,
    'Leave the header out',
  ],
];

test.each(mistakes)('curl %s', async (_command, sent, status, mended) => {
  const answer = await answerTo(sent);
  expect(answer.text).toContain(mended);
  expect(answer.status).toBe(status);
});

describe('a key', () => {
  const keyed = { identify: async () => undefined, countRequest: async () => undefined };
  const right = '`Authorization: Bearer m2fp_…`';

  test.each([
    [{}, `${right}, with curl`],
    [{ authorization: 'm2fp_secret' }, 'without the word Bearer'],
    [{ authorization: 'Bearer' }, 'no key after Bearer'],
    [{ authorization: 'Bearer $KEY' }, 'stands for one'],
    [{ authorization: 'Basic bTJmcDpzZWNyZXQ=' }, 'with the word Bearer'],
    [{ 'x-api-key': 'm2fp_secret' }, 'not sent as x-api-key'],
    [{ authorization: 'Bearer m2fp_secret' }, 'not known, or not valid anymore'],
  ])('sent as %j', async (headers, mended) => {
    const answer = await answerTo({ path: '/v1/jobs', headers }, createTestApi({ authenticator: keyed }));
    expect(answer.status).toBe(401);
    expect(answer.text).toContain(mended);
    expect(answer.text).toContain(right);
    expect(answer.text).not.toContain('secret');
  });

  test('stays in the mended command, under a name', async () => {
    const caller = anonymousCaller(testSettings);
    const api = createTestApi({ authenticator: { identify: async () => caller, countRequest: async () => undefined } });
    const answer = await answerTo({ path: '/parse', headers: { authorization: 'Bearer m2fp_secret' } }, api);
    expect(answer.text).toContain('curl -H "Authorization: Bearer $KEY" -F image=@photo.jpg');
  });
});

test('curl -T photo.jpg and --data-binary @photo.jpg are no mistakes: the first bytes say what it is', async () => {
  for (const [method, type] of [
    ['PUT', undefined],
    ['POST', 'application/x-www-form-urlencoded'],
  ] as const) {
    const api = createTestApi({ settings: { syncStartTimeoutMs: 50 } });
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type };
    // Nobody parses here: it was let in.
    const response = await api.request('/parse', { method, headers, body: photo(300).fill(0, 4) });
    expect(await response.json()).toMatchObject({ status: 429, code: 'overloaded' });
  }
});

test.each([
  ['portait', 'portrait'],
  ['SHORT-SIDE', 'short_side'],
  ['people', undefined],
  ['', undefined],
  ['x'.repeat(10_000), undefined],
])('%.20s is near %s', (given, near) => {
  expect(nearName(given, ['portrait', 'short_side'])).toBe(near);
});

test('a path is looked for among those that there are, and only if it is near', () => {
  const routes = ['/', '/parse', '/v1/jobs', '/v1/jobs/:id', '/v1/jobs/:id/files/:output', '/v1/jobs/:id/cancel'];
  expect(nearPath('/V1/Jobs/job_1/cancle', routes)).toBe('/v1/jobs/job_1/cancel');
  expect(nearPath('//v1//jobs//', routes)).toBe('/v1/jobs');
  expect(nearPath('/v1/parse', routes)).toBe('/parse');
  for (const none of ['/', '/v1', '/favicon.ico', '/wp-login.php', `/${'a/'.repeat(200)}`]) {
    expect(nearPath(none, routes)).toBeUndefined();
  }
});
