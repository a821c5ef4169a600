/** The attacker: what it has, and what it repeats. */
export interface AttackTarget {
  readonly apiUrl: string;
  readonly apiKey: string;
  /** An upload of its own. */
  readonly photoKey: string;
  /** A finished job of its own with a large overlay. */
  readonly largeJobId: string;
}

/** Its run resolves to the answer's status. */
export interface Trick {
  /** Clients that do it, one after another each. */
  readonly atOnce: number;
  readonly run: (target: AttackTarget, receivers: readonly string[]) => Promise<string>;
}

const answerMs = 20_000;
const photosPerBatch = 2_000;

async function call(
  { apiUrl, apiKey }: AttackTarget,
  method: string,
  path: string,
  body?: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<{ status: string; json: Record<string, unknown> }> {
  const response = await fetch(`${apiUrl}${path}`, {
    method,
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(answerMs),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.endsWith('json') === true;
  const json = isJson ? (JSON.parse(text) as Record<string, unknown>) : {};
  const { code } = json;
  return { status: typeof code === 'string' ? `${response.status} ${code}` : String(response.status), json };
}

let nextReceiver = 0;

export const loops: Readonly<Record<string, Trick>> = {
  'jobs with Prefer: wait=0': {
    atOnce: 4,
    run: async (target) => {
      const body = JSON.stringify({ input: { key: target.photoKey } });
      return (await call(target, 'POST', '/v1/jobs', body, { prefer: 'wait=0' })).status;
    },
  },

  'batches of 2,000 photos': {
    atOnce: 1,
    run: async (target) => {
      const keys = Array.from({ length: photosPerBatch }, () => target.photoKey);
      const metadata = { padding: 'x'.repeat(500) };
      return (await call(target, 'POST', '/v1/batches', JSON.stringify({ input: { keys }, metadata }))).status;
    },
  },

  'create and cancel, with a webhook to a receiver that never answers': {
    atOnce: 6,
    run: async (target, receivers) => {
      const webhook = { url: receivers[nextReceiver++ % receivers.length] };
      const created = await call(
        target,
        'POST',
        '/v1/jobs',
        JSON.stringify({ input: { key: target.photoKey }, webhook }),
      );
      if (created.status !== '202') return created.status;
      await call(target, 'POST', `/v1/jobs/${String(created.json['id'])}/cancel`);
      return created.status;
    },
  },

  '240 kB of outputs': {
    atOnce: 2,
    run: async (target) => {
      const outputs = Array.from({ length: 20_000 }, () => 'colormap');
      return (
        await call(
          target,
          'POST',
          '/v1/jobs',
          JSON.stringify({ input: { key: target.photoKey }, options: { outputs } }),
        )
      ).status;
    },
  },

  'a list of all jobs of a status': {
    atOnce: 2,
    run: async (target) => (await call(target, 'GET', '/v1/jobs?status=failed&limit=100')).status,
  },

  // Without its key, whose requests are counted.
  '/readyz': { atOnce: 8, run: async ({ apiUrl }) => String((await fetch(`${apiUrl}/readyz`)).status) },
};
