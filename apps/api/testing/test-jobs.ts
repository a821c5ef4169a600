import { expect } from 'vitest';
import type { createTestApi } from './test-api.ts';

type TestApi = ReturnType<typeof createTestApi>;

export async function queueJob(api: TestApi, body: object = {}): Promise<string> {
  await api.putObject('inputs/photo.jpg');
  const response = await api.postJson('/v1/jobs', { input: { key: 'inputs/photo.jpg' }, ...body });
  expect(response.status).toBe(202);
  return ((await response.json()) as { id: string }).id;
}

export async function readJob(api: TestApi, id: string): Promise<Record<string, unknown>> {
  const response = await api.request(`/v1/jobs/${id}`);
  expect(response.status).toBe(200);
  return (await response.json()) as Record<string, unknown>;
}
