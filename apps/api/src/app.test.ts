import { describe, expect, test } from 'vitest';
import { createTestApi } from '../testing/test-api.ts';

describe('every answer', () => {
  test.each(['/healthz', '/v1/jobs/none', '/none'])('to GET %s has a request id and security headers', async (path) => {
    const response = await createTestApi().request(path);
    expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('x-frame-options')).toBe('DENY');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(response.headers.get('cache-control')).toBe('no-store');
  });

  test('returns the request’s own id, in the problem too', async () => {
    const response = await createTestApi().request('/none', { headers: { 'x-request-id': 'trace-42_a' } });
    expect(response.headers.get('x-request-id')).toBe('trace-42_a');
    expect(await response.json()).toMatchObject({ instance: 'trace-42_a' });
  });

  test.each(['with space', 'x'.repeat(129), '<script>', ''])('has a new id if the request’s is %.20j', async (id) => {
    const response = await createTestApi().request('/none', { headers: { 'x-request-id': id } });
    expect(response.headers.get('x-request-id')).toMatch(/^[\da-f]{8}-[\da-f-]{27}$/);
  });
});

describe('a problem', () => {
  test('is an RFC 9457 document', async () => {
    const response = await createTestApi().request('/none');
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toEqual({
      type: 'urn:m2fp:problem:not_found',
      title: 'Not found',
      status: 404,
      detail: 'There is nothing at this path.',
      code: 'not_found',
      instance: response.headers.get('x-request-id'),
    });
  });

  test.each([
    ['GET', '/v1/uploads', 'OPTIONS, POST'],
    ['DELETE', '/v1/jobs/job_00000000000000000000000000000000', 'GET, HEAD, OPTIONS'],
    ['PUT', '/v1/jobs', 'GET, HEAD, OPTIONS, POST'],
    ['POST', '/healthz', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/openapi.json', 'GET, HEAD, OPTIONS'],
  ])('answers %s %s, listing the allowed methods', async (method, path, allow) => {
    const response = await createTestApi().request(path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe(allow);
    expect(await response.json()).toMatchObject({ code: 'method_not_allowed' });
  });
});

describe('methods that come with any path', () => {
  test('OPTIONS lists the methods', async () => {
    const response = await createTestApi().request('/v1/uploads', { method: 'OPTIONS' });
    expect(response.status).toBe(204);
    expect(response.headers.get('allow')).toBe('OPTIONS, POST');
  });

  test('OPTIONS and unknown methods of unknown paths are 404', async () => {
    for (const method of ['OPTIONS', 'DELETE', 'PURGE']) {
      expect((await createTestApi().request('/none', { method })).status).toBe(404);
    }
  });

  test('HEAD is GET without the body', async () => {
    const response = await createTestApi().request('/healthz', { method: 'HEAD' });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });
});

test('connections are closed while it stops', async () => {
  const response = await createTestApi({ stopping: AbortSignal.abort() }).request('/healthz');
  expect(response.headers.get('connection')).toBe('close');
});
