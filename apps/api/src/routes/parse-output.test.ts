import { describe, expect, test } from 'vitest';
import { createTestApi, encodeForm, photoForm } from '../../testing/test-api.ts';
import { postPhoto, workOnce } from '../../testing/test-parse.ts';

describe('POST /parse?output=', () => {
  test('answers with the output that the query, the form or the body names', async () => {
    const api = createTestApi();
    await api.putObject('inputs/photo.jpg');
    const sent = [
      () => postPhoto(api, { query: '?output=cutout&parts=hair', headers: { accept: 'image/*' } }),
      () => api.postForm('/parse?output=overlay', photoForm({ output: 'cutout' })),
      () => api.postJson('/parse', { input: { key: 'inputs/photo.jpg' }, output: 'cutout' }),
    ];
    for (const send of sent) {
      const response = send();
      expect((await workOnce(api)).options.outputs).toEqual(['cutout']);
      expect((await response).headers.get('content-type')).toBe('image/png');
      expect([...new Uint8Array(await (await response).arrayBuffer())]).toEqual([6]);
    }
  });

  test('takes a form’s output as plain text too', async () => {
    const api = createTestApi();
    const form = photoForm({});
    form.append('output', 'cutout');
    const response = api.postForm('/parse', form);
    expect((await workOnce(api)).options.outputs).toEqual(['cutout']);
    expect((await response).status).toBe(200);
  });

  test('refuses an output that is not accepted, and keeps nothing of it', async () => {
    const api = createTestApi();
    const inQuery = await postPhoto(api, { query: '?output=cutout', headers: { accept: 'application/json' } });
    const { body, headers: type } = await encodeForm(photoForm({ output: 'masks' }));
    const headers = { ...type, accept: 'image/png' };
    const inForm = await api.request('/parse', { method: 'POST', headers, body });
    for (const [response, offered] of [
      [inQuery, 'image/png'],
      [inForm, 'application/json'],
    ] as const) {
      expect(response.status).toBe(406);
      expect(await response.json()).toMatchObject({ code: 'not_acceptable', detail: `Accept one of: ${offered}.` });
    }
    expect(await api.keys()).toEqual([]);
  });

  test('answers with one person’s file, and asks for the person', async () => {
    const api = createTestApi();
    const one = postPhoto(api, { query: '?output=people&person=2' });
    expect((await workOnce(api)).options).toMatchObject({ outputs: ['people'], person: [2] });
    expect([...new Uint8Array(await (await one).arrayBuffer())]).toEqual([7]);
    const absent = postPhoto(api, { query: '?output=people&person=9' });
    await workOnce(api);
    expect((await absent).status).toBe(404);
    expect(await (await absent).json()).toMatchObject({ code: 'not_found', job_id: expect.any(String) as string });
    const kept = await api.keys();
    for (const query of ['?output=people', '?output=people&person=1,2', '?output=people&person=1&person=2']) {
      const response = await postPhoto(api, { query });
      expect(response.status).toBe(422);
      expect(await response.json()).toMatchObject({ code: 'invalid_request', errors: [{ pointer: '/person' }] });
    }
    expect(await api.keys()).toEqual(kept);
  });

  test('takes a list with commas or with its parameter repeated, and anything else once', async () => {
    const api = createTestApi();
    for (const query of ['?parts=hair,face&person=1,2', '?parts=hair&parts=face&person=1&person=2']) {
      const response = postPhoto(api, { query });
      expect((await workOnce(api)).options).toMatchObject({ parts: ['hair', 'face'], person: [1, 2] });
      expect((await response).status).toBe(200);
    }
    const response = await postPhoto(api, { query: '?output=cutout&output=overlay' });
    expect(response.status).toBe(422);
    const errors = [{ pointer: '/output', message: 'Given more than once' }];
    expect(await response.json()).toMatchObject({ code: 'invalid_request', errors });
  });
});
