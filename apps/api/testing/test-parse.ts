/** A worker's part in `POST /parse`, and a client's. */
import { isPersonal, outputFileName, outputKinds, type JobData, type OutputName } from '@m2fp/contract';
import { expect } from 'vitest';
import { jobResult, photo } from './test-api.ts';
import type { createTestApi } from './test-api.ts';

type TestApi = ReturnType<typeof createTestApi>;

const dataset = {
  info: {},
  categories: [
    { id: 0, name: 'background', supercategory: 'background' },
    { id: 17, name: 'hair', supercategory: 'part' },
  ],
  annotations: [
    { id: 1, category_id: 17, score: 0.9, person_id: 1, segmentation: { size: [2, 2], counts: '122O' }, area: 3 },
    { id: 2, category_id: 17, score: 0.4, person_id: 2, segmentation: { size: [2, 2], counts: '04' }, area: 4 },
  ],
};

/** Outputs that are not named here are empty files. */
const contents: Partial<Record<OutputName, Uint8Array>> = {
  masks: new TextEncoder().encode(JSON.stringify(dataset)),
  colormap: new Uint8Array([1, 2, 3]),
  overlay: new Uint8Array([4, 5]),
  cutout: new Uint8Array([6]),
  people: new Uint8Array([7]),
};

export async function takeJob(api: TestApi): Promise<{ id: string; data: JobData }> {
  let id: string | undefined;
  await expect.poll(async () => (id ??= await api.queue.take())).toBeDefined();
  const record = await api.queue.find(id ?? '');
  return { id: id ?? '', data: record?.data as JobData };
}

/** Does what a worker does with the next job, and returns its data. */
export async function workOnce(api: TestApi): Promise<JobData> {
  const { id, data } = await takeJob(api);
  const files = await Promise.all(
    data.options.outputs.flatMap((output) =>
      peopleOf(output, data).map(async (person) => {
        const key = `${data.output.prefix}${outputFileName(output, person)}`;
        const bytes = contents[output] ?? new Uint8Array();
        await api.putObject(key, bytes);
        const file = { output, key, content_type: outputKinds[output].contentType, bytes: bytes.byteLength };
        return person === undefined ? file : { ...file, person };
      }),
    ),
  );
  await api.queue.complete(id, { ...jobResult(data.output.prefix), files });
  return data;
}

/** There are persons 1 and 2 in every photo. */
function peopleOf(output: OutputName, { options: { person } }: JobData): (number | undefined)[] {
  if (!isPersonal(output)) return [undefined];
  return [1, 2].filter((id) => person.length === 0 || person.includes(id));
}

export const postPhoto = (
  api: TestApi,
  init: { headers?: Record<string, string>; query?: string; signal?: AbortSignal } = {},
) => {
  const { headers = {}, query = '', signal } = init;
  const type = { 'content-type': 'image/jpeg' };
  const request = { method: 'POST', headers: { ...type, ...headers }, body: photo(), ...(signal && { signal }) };
  return api.request(`/parse${query}`, request);
};
