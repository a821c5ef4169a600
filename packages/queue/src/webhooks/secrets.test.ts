import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signedHeaders } from './secrets.ts';

const first = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
const second = `whsec_${Buffer.alloc(32, 2).toString('base64')}`;
const other = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const body = JSON.stringify({ type: 'job.succeeded', timestamp: '2026-11-23T12:00:00.000Z', data: { id: 'job_ü' } });

describe('a signed delivery', () => {
  it('is verified by standardwebhooks with either of two secrets, and with no other', () => {
    const headers = signedHeaders('msg_1', new Date(), body, [second, first]);
    expect(new Webhook(first).verify(body, headers)).toEqual(JSON.parse(body));
    expect(new Webhook(second).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(other).verify(body, headers)).toThrow('No matching signature found');
  });

  it('is refused if its body or its id was changed, or if it is old', () => {
    const headers = signedHeaders('msg_1', new Date(), body, [first]);
    const webhook = new Webhook(first);
    expect(() => webhook.verify(body.replace('succeeded', 'failed'), headers)).toThrow('No matching signature found');
    expect(() => webhook.verify(body, { ...headers, 'webhook-id': 'msg_2' })).toThrow('No matching signature found');
    const old = signedHeaders('msg_1', new Date(Date.now() - 3_600_000), body, [first]);
    expect(() => webhook.verify(body, old)).toThrow('timestamp too old');
  });
});
