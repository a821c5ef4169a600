import { expect, test } from 'vitest';
import { createTestApi } from '../../testing/test-api.ts';

test('the page has its own security policy, and is revalidated rather than sent again', async () => {
  const api = createTestApi();
  const response = await api.request('/');
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
  expect(response.headers.get('content-security-policy')).toContain("script-src 'self'");
  expect(response.headers.get('cache-control')).toBe('no-cache');
  expect(await response.text()).toBe('<');
  const etag = response.headers.get('etag') ?? '';
  const again = await api.request('/', { headers: { 'if-none-match': etag } });
  expect(again.status).toBe(304);
  expect(await again.text()).toBe('');
});

test('a file that the page does not have is an ordinary problem document', async () => {
  const response = await createTestApi().request('/page/none.js');
  expect(response.status).toBe(404);
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
});

test('photos that the share menu sends past the page are not taken', async () => {
  const form = new FormData();
  form.set('photos', new File(['photo'], 'photo.jpg'));
  const headers = { origin: 'https://elsewhere.example', host: 'localhost' };
  const response = await createTestApi().request('/page/share', { method: 'POST', body: form, headers });
  expect(response.status).toBe(303);
  expect(response.headers.get('location')).toBe('../?shared');
});
