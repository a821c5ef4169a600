import { Agent, request } from 'node:http';
import { buffer } from 'node:stream/consumers';

export interface CreateSettings {
  readonly apiUrl: string;
  readonly key: string;
  readonly jobs: number;
  readonly clients: number;
  readonly signal: AbortSignal;
}

export interface CreatedJob {
  readonly latencyMs: number;
  readonly status: number;
}

/**
 * Clients that each create one job after the other on a connection of their own, in the order in which they were
 * answered. By `node:http`: `fetch` takes as much of the two cores as the API that is measured.
 */
export async function createMany({ apiUrl, key, jobs, clients, signal }: CreateSettings): Promise<CreatedJob[]> {
  const created: CreatedJob[] = [];
  let begun = 0;
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const post = postJson(new URL('/v1/jobs', apiUrl), JSON.stringify({ input: { key } }), { agent, signal });
  const client = async (): Promise<void> => {
    while (begun++ < jobs) {
      const startedAt = performance.now();
      const status = await post();
      created.push({ latencyMs: performance.now() - startedAt, status });
    }
  };
  try {
    await Promise.all(Array.from({ length: clients }, client));
  } finally {
    agent.destroy();
  }
  return created;
}

/** Sends the body each time that it is called and resolves with the status, once the answer is there as a whole. */
function postJson(url: URL, body: string, options: { agent: Agent; signal: AbortSignal }): () => Promise<number> {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  return () =>
    new Promise((resolve, reject) => {
      const sent = request(url, { method: 'POST', headers, ...options }, (response) => {
        buffer(response).then(() => resolve(response.statusCode ?? 0), reject);
      });
      sent.on('error', reject).end(body);
    });
}
