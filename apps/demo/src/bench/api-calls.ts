import { z } from 'zod';

const parsedSchema = z.object({ timings: z.record(z.string(), z.number()) });
const uploadSchema = z.object({ key: z.string(), url: z.url(), headers: z.record(z.string(), z.string()) });

/** Of the worker around the parse, not of the parse itself. */
const storageStages = new Set(['fetch', 'store']);

/** A photo through `POST /parse`. Throws where it is not parsed. */
export async function parseOne(apiUrl: string, photo: Blob, signal: AbortSignal) {
  const startedAt = performance.now();
  const response = await fetch(`${apiUrl}/parse`, { method: 'POST', body: photo, signal });
  const body: unknown = await response.json();
  const wallMs = performance.now() - startedAt;
  if (!response.ok) throw new Error(`POST /parse: ${JSON.stringify(body)}`);
  const stages = Object.entries(parsedSchema.parse(body).timings).filter(([stage]) => !storageStages.has(stage));
  return { wallMs, parseMs: stages.reduce((sum, [, ms]) => sum + ms, 0) };
}

/** Puts a photo into the bucket and returns its key. */
export async function uploadPhoto(apiUrl: string, photo: Blob, signal: AbortSignal): Promise<string> {
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, signal };
  const asked = await fetch(`${apiUrl}/v1/uploads`, { ...init, body: JSON.stringify({ content_type: photo.type }) });
  const { key, url, headers } = uploadSchema.parse(await asked.json());
  const put = await fetch(url, { method: 'PUT', headers, body: photo, signal });
  if (!put.ok) throw new Error(`The photo was not uploaded: HTTP ${put.status}`);
  return key;
}
