import { expect, test } from 'vitest';
import { verifyWebhook } from './verify-webhook.ts';

const secret = `whsec_${btoa('a secret of the service')}`;
const body = JSON.stringify({ type: 'job.succeeded', timestamp: '2026-11-26T09:00:00Z', data: { id: 'job_1' } });

async function sign(text: string, seconds: number, with_ = secret): Promise<string> {
  const bytes = Uint8Array.from(atob(with_.slice('whsec_'.length)), (letter) => letter.charCodeAt(0));
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const signed = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(`msg_1.${seconds}.${text}`));
  return `v1,${btoa(String.fromCharCode(...new Uint8Array(signed)))}`;
}

async function headersFor(text: string, agoS = 0): Promise<Record<string, string>> {
  const seconds = Math.floor(Date.now() / 1_000) - agoS;
  const signature = await sign(text, seconds);
  return { 'webhook-id': 'msg_1', 'webhook-timestamp': `${seconds}`, 'webhook-signature': signature };
}

test('a webhook is read if one of its signatures fits one of the secrets', async () => {
  const headers = await headersFor(body);
  expect(await verifyWebhook(body, headers, secret)).toMatchObject({ type: 'job.succeeded', data: { id: 'job_1' } });
  const other = `whsec_${btoa('the one before')}`;
  const twice = { ...headers, 'webhook-signature': `v1,AAAA v1a,x ${headers['webhook-signature'] ?? ''}` };
  const bytes = new TextEncoder().encode(body);
  expect((await verifyWebhook(bytes, new Headers(twice), [other, secret])).type).toBe('job.succeeded');
});

test('one that was changed, is old, or is not signed is refused', async () => {
  const headers = await headersFor(body);
  const refused = { name: 'WebhookVerificationError' };
  await expect(verifyWebhook(body.replace('job_1', 'job_2'), headers, secret)).rejects.toMatchObject(refused);
  await expect(verifyWebhook(body, { ...headers, 'webhook-id': 'msg_2' }, secret)).rejects.toMatchObject(refused);
  await expect(verifyWebhook(body, headers, `whsec_${btoa('another')}`)).rejects.toMatchObject(refused);
  await expect(verifyWebhook(body, await headersFor(body, 301), secret)).rejects.toThrow('five minutes');
  await expect(verifyWebhook(body, await headersFor(body, -301), secret)).rejects.toThrow('five minutes');
  const odd = { ...headers, 'webhook-signature': 'v1,*** v2,AAAA' };
  await expect(verifyWebhook(body, odd, secret)).rejects.toMatchObject(refused);
  await expect(verifyWebhook(body, {}, secret)).rejects.toThrow('headers are missing');
  await expect(verifyWebhook(body, headers, 'whsec_')).rejects.toThrow(TypeError);
});
