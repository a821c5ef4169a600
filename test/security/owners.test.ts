/** What one owner's key opens of another owner's: nothing. */
import { createServer } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { startTenants } from '../support/security/tenants.ts';
import { scriptedPhoto } from '../support/api/scripted-photo.ts';
import { startDispatcherProcess } from '../support/dispatcher/dispatcher-process.ts';
import { startReceiver } from '../support/dispatcher/receiver.ts';
import { createGate } from '../support/worker/gate.ts';
import { until } from '../support/worker/until.ts';
import { endWorkers, startWorkerProcess } from '../support/worker/worker-process.ts';

afterEach(endWorkers);

async function code(response: Response): Promise<unknown> {
  return ((await response.json()) as { code: unknown }).code;
}

test('another owner’s photo cannot be parsed, listed or used as a batch’s prefix', async () => {
  const { api, add } = await startTenants();
  const [mine, theirs] = [await add('mine'), await add('theirs')];
  const key = await mine.upload('ok');
  const { input, upload } = api.prefixes;
  const refused = await theirs.call('POST', '/v1/jobs', { input: { key } });
  expect([refused.status, await code(refused)]).toEqual([403, 'input_denied']);
  for (const prefix of [upload, `${upload}mine/`, input, key.slice(0, -8)]) {
    const batch = await theirs.call('POST', '/v1/batches', { input: { prefix } });
    expect([batch.status, prefix]).toEqual([prefix.endsWith('/') ? 403 : 403, prefix]);
  }
  const listed = await theirs.call('POST', '/v1/batches', { input: { keys: [await theirs.upload('ok'), key] } });
  expect(await code(listed)).toBe('input_denied');
  // An owner whose name begins like another's.
  const near = await add('min');
  expect((await near.call('POST', '/v1/batches', { input: { prefix: `${upload}min` } })).status).toBeGreaterThanOrEqual(
    400,
  );
});

test('results go to a folder of the owner’s, and nobody else can name it', async () => {
  const { api, add } = await startTenants();
  const [mine, theirs] = [await add('mine'), await add('theirs')];
  const { output } = await mine.queue('ok');
  expect(output.prefix.startsWith(`${api.prefixes.output}mine/`)).toBe(true);
  const input = { key: await theirs.upload('ok') };
  for (const prefix of [output.prefix, `${api.prefixes.output}mine/`, api.prefixes.output]) {
    const refused = await theirs.call('POST', '/v1/jobs', { input, output: { prefix } });
    expect([refused.status, await code(refused)]).toEqual([403, 'output_denied']);
  }
});

test('the name of an upload says nothing about the job’s id and its results', async () => {
  const { api, add } = await startTenants();
  const mine = await add('mine');
  const form = new FormData();
  form.set('image', new Blob([scriptedPhoto('ok')], { type: 'image/jpeg' }), 'photo.jpg');
  const headers = { authorization: `Bearer ${mine.key}` };
  const response = await fetch(`${api.url}/v1/jobs`, { method: 'POST', headers, body: form });
  const job = (await response.json()) as { id: string; input: { key: string } };
  expect(response.status).toBe(202);
  const random = job.id.replace('job_', '');
  expect(job.input.key).not.toContain(random.slice(0, 8));
});

test('jobs, batches, files, events and deliveries of another owner are not there', async () => {
  const { api, add } = await startTenants();
  const [mine, theirs] = [await add('mine'), await add('theirs')];
  await startWorkerProcess('scripted', { ...api.env, PORT: undefined });
  const { id } = await mine.queue('ok');
  await until(async () => (await mine.job(id)).status === 'succeeded');
  const batch = await mine.call('POST', '/v1/batches', { input: { keys: [await mine.upload('ok')] } });
  const { id: batchId } = (await batch.json()) as { id: string };
  for (const [method, path] of [
    ...[
      ['GET', `/v1/jobs/${id}`],
      ['POST', `/v1/jobs/${id}/cancel`],
      ['GET', `/v1/jobs/${id}/events`],
    ],
    ...[
      ['GET', `/v1/jobs/${id}/files/masks`],
      ['GET', `/v1/batches/${batchId}`],
      ['POST', `/v1/batches/${batchId}/cancel`],
    ],
  ] as [string, string][]) {
    expect([path, (await theirs.call(method, path)).status]).toEqual([path, 404]);
  }
  for (const list of ['/v1/jobs', '/v1/batches', '/v1/webhooks/deliveries', `/v1/webhooks/deliveries?subject=${id}`]) {
    const found = (await (await theirs.call('GET', list)).json()) as Record<string, unknown>;
    expect(JSON.stringify(found)).not.toContain(id);
    expect(JSON.stringify(found)).not.toContain(batchId);
  }
});

test('the same Idempotency-Key of two owners makes two jobs', async () => {
  const { add } = await startTenants();
  const ids = [];
  for (const owner of ['mine', 'theirs']) {
    const tenant = await add(owner);
    const input = { key: await tenant.upload('ok') };
    const created = await tenant.call('POST', '/v1/jobs', { input }, { 'idempotency-key': 'the same' });
    ids.push(((await created.json()) as { id: string }).id);
  }
  expect(new Set(ids).size).toBe(2);
});

test('a webhook needs the scope for it, also on a job', async () => {
  const { add } = await startTenants();
  const writer = await add('writer', { scopes: ['jobs:read', 'jobs:write', 'batches'] });
  const webhook = { url: 'https://example.com/hook' };
  const input = { key: await writer.upload('ok') };
  for (const [path, body] of [
    ['/v1/jobs', { input, webhook }],
    ['/v1/batches', { input: { keys: [input.key] }, webhook }],
  ] as const) {
    const refused = await writer.call('POST', path, body);
    expect([path, refused.status, await code(refused)]).toEqual([path, 403, 'forbidden']);
  }
});

test('revoking a key ends its event streams, its queued jobs and its deliveries', async () => {
  const { api, apiKeys, add } = await startTenants();
  const env = {
    ...api.env,
    PORT: undefined,
    WEBHOOK_ALLOW_LOOPBACK: '1',
    WEBHOOK_SCHEDULE_S: '0,0.5,0.5,0.5,0.5,0.5,0.5',
  };
  const mine = await add('mine');
  const stays = await add('stays');
  const receiver = await startReceiver();
  receiver.react(500);
  const gate = createGate();
  await startWorkerProcess('scripted', { ...env, CONCURRENCY: '1' });
  await startDispatcherProcess(env);
  const delivered = await mine.queue('ok', { webhook: { url: receiver.url } });
  await until(async () => (await mine.job(delivered.id)).status === 'succeeded');
  await receiver.called(1);
  const running = await stays.queue(gate.photo);
  const waiting = await mine.queue('ok');
  const stream = await mine.call('GET', `/v1/jobs/${waiting.id}/events`);
  expect(stream.status).toBe(200);
  const ended = stream.text();
  await apiKeys.revoke(mine.key.split('_')[1] ?? '');
  await ended;
  // Of the attempts on their way, no more than the one that may have begun.
  const calls = receiver.calls.length;
  const later = await add('mine');
  await until(async () => (await later.job(waiting.id)).status !== 'queued');
  await gate.open();
  await until(async () => (await stays.job(running.id)).status === 'succeeded');
  expect((await later.job(waiting.id)).status).toBe('canceled');
  expect(receiver.calls.length).toBeLessThanOrEqual(calls + 1);
  await receiver.close();
});

test('a receiver of one owner that never answers does not keep another’s webhooks waiting', async () => {
  const { api, add } = await startTenants();
  const env = { ...api.env, PORT: undefined, WEBHOOK_ALLOW_LOOPBACK: '1', WEBHOOK_TIMEOUT_MS: '120000' };
  const [attacker, victim] = [await add('attacker'), await add('victim')];
  await startDispatcherProcess(env);
  const silent = createServer(() => undefined);
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const address = silent.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/never`;
  const key = await attacker.upload('ok');
  const jobs = await Promise.all(
    Array.from({ length: 150 }, async () => {
      const created = await attacker.call('POST', '/v1/jobs', { input: { key }, webhook: { url } });
      return ((await created.json()) as { id: string }).id;
    }),
  );
  await Promise.all(jobs.map((id) => attacker.call('POST', `/v1/jobs/${id}/cancel`)));
  const receiver = await startReceiver();
  const { id } = await victim.queue('ok', { webhook: { url: receiver.url } });
  await victim.call('POST', `/v1/jobs/${id}/cancel`);
  // Long before any of the others times out.
  await receiver.called(1);
  silent.close();
  silent.closeAllConnections();
  await receiver.close();
}, 100_000);

test('an owner’s photo is taken in turn, however many another owner has waiting', async () => {
  const { api, add } = await startTenants();
  const [attacker, victim] = [await add('attacker'), await add('victim')];
  const gate = createGate();
  const key = await attacker.upload('sleep 20');
  const first = await attacker.queue(gate.photo);
  const worker = await startWorkerProcess('scripted', { ...api.env, PORT: undefined, CONCURRENCY: '1' });
  await worker.busyParser();
  // With and without waiting for them, which must not buy a better place.
  const created = Array.from({ length: 60 }, (_, at) =>
    attacker.call('POST', '/v1/jobs', { input: { key } }, at % 2 === 0 ? { prefer: 'wait=0' } : {}),
  );
  const ids = await Promise.all(
    created.map(async (response) => ((await (await response).json()) as { id: string }).id),
  );
  const { id } = await victim.queue('ok');
  await gate.open();
  await until(async () => (await victim.job(id)).status === 'succeeded');
  const startedAt = Date.parse(String((await victim.job(id))['started_at']));
  const others = await Promise.all(ids.map((other) => attacker.job(other)));
  const before = others.filter(({ started_at: at }) => typeof at === 'string' && Date.parse(at) < startedAt);
  expect(before.length).toBeLessThanOrEqual(2);
  expect((await attacker.job(first.id)).status).toBe('succeeded');
});
