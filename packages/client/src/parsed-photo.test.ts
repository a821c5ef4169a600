import { expect, test } from 'vitest';
import { clientOf, problem } from '../testing/scripted-service.ts';

const whole = { size: [1, 4], counts: '04' };
const lastTwo = { size: [1, 4], counts: '22' };
const first = [[0, 0, 1, 0, 1, 1, 0, 1]];

function annotation(classId: number, personId: number, score: number, segmentation: unknown, area: number) {
  return { category_id: classId, person_id: personId, score, bbox: [0, 0, 1, 1], area, segmentation };
}

function photoWith(annotations: readonly object[], outputs: readonly string[] = ['masks']) {
  const category = (id: number, supercategory: string) => ({ id, name: `class ${id}`, supercategory });
  const masks = {
    info: { parsing: { options: { score_step: 0.1 } } },
    images: [{ width: 4, height: 1 }],
    categories: [category(0, 'background'), category(1, 'part'), category(2, 'part'), category(3, 'person')],
    annotations,
  };
  const result = { people: 2, labels: [], files: outputs.map((output) => ({ output })) };
  const { client, sent } = clientOf(({ url }) => {
    if (url.endsWith('/files/masks')) return Response.json(masks);
    return url.endsWith('/job_1')
      ? Response.json({ id: 'job_1', status: 'succeeded', result })
      : problem(404, 'not_found');
  });
  return { photo: client.jobs.result('job_1'), sent };
}

test('masks are painted as the service paints them: by rounded score, then the smaller first', async () => {
  const { photo } = photoWith([
    annotation(1, 1, 0.94, whole, 4),
    annotation(2, 2, 0.91, lastTwo, 2),
    annotation(0, 0, 0.99, first, 1),
  ]);
  const parsed = await photo;
  expect(await parsed.labelMap()).toEqual({ width: 4, height: 1, data: Uint8Array.of(0, 1, 2, 2) });
  expect((await parsed.personMap()).data).toEqual(Uint8Array.of(0, 1, 2, 2));
  const people = await parsed.personMasks();
  expect(people.map(({ personId, bbox, area }) => [personId, bbox, area])).toEqual([
    [1, [1, 0, 1, 1], 1],
    [2, [2, 0, 2, 1], 2],
  ]);
  expect(people[1]?.bitmap()).toEqual({ width: 4, height: 1, data: Uint8Array.of(0, 0, 1, 1) });
});

test('whole people are on the map of people, and not among the parts', async () => {
  const { photo } = photoWith([annotation(3, 2, 0.9, lastTwo, 2), annotation(1, 1, 0.95, whole, 4)]);
  const parsed = await photo;
  expect((await parsed.labelMap()).data).toEqual(Uint8Array.of(1, 1, 1, 1));
  expect((await parsed.personMap()).data).toEqual(Uint8Array.of(0, 0, 2, 2));
});

test('a mask has its class, person and pixels, from RLE and from polygons', async () => {
  const { photo, sent } = photoWith([annotation(1, 1, 0.5, lastTwo, 2), annotation(2, 0, 0.4, first, 1)]);
  const masks = await (await photo).masks();
  expect(masks).toMatchObject([
    { label: 'class 1', classId: 1, personId: 1, score: 0.5, area: 2 },
    { label: 'class 2', classId: 2, personId: 0, score: 0.4, area: 1 },
  ]);
  expect(masks.map((mask) => [...mask.bitmap().data].join(''))).toEqual(['0011', '1000']);
  expect(sent).toHaveLength(2);
});

test('what the job did not make cannot be decoded', async () => {
  const { client } = clientOf(({ url }) => {
    const job = { id: 'job_1', status: 'succeeded', result: { people: 0, labels: [], files: [] } };
    return url.endsWith('/job_1') ? Response.json(job) : problem(404, 'not_found');
  });
  await expect((await client.jobs.result('job_1')).labelMap()).rejects.toMatchObject({ code: 'not_found' });
});

test.each([
  [{ status: 'failed', error: { code: 'image_unreadable', message: 'It is cut off.' } }, 'image_unreadable'],
  [{ status: 'canceled' }, 'canceled'],
  [{ status: 'processing' }, 'conflict'],
])('a job that did not succeed has no result: %j', async (job, code) => {
  const { client } = clientOf(Response.json({ id: 'job_1', ...job }));
  await expect(client.jobs.result('job_1')).rejects.toMatchObject({ name: 'M2fpError', code, jobId: 'job_1' });
});
