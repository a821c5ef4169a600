/** Accepted = finished: every job that was accepted has one end, and there are no others. */
import type { Job } from '@m2fp/client';
import type { AcceptedJob } from '../load.ts';
import { type Evidence, excusedCodes, type Finding, listAll, mapSome } from './evidence.ts';

export interface EndedJob {
  readonly accepted: AcceptedJob;
  /** As the API shows it in the end. */
  readonly view: Pick<Job, 'id' | 'status' | 'error' | 'attempts'>;
}

export interface JobsVerdict {
  readonly jobs: readonly EndedJob[];
  readonly findings: readonly Finding[];
}

export async function checkJobs(evidence: Evidence): Promise<JobsVerdict> {
  const { service, load, signal } = evidence;
  const jobs = await mapSome(load.jobs, async (accepted): Promise<EndedJob> => {
    const view = await service
      .request<Job>(accepted.owner, `/v1/jobs/${accepted.id}`, signal)
      .catch((error: unknown) => ({ id: accepted.id, status: 'lost' as Job['status'], attempts: 0, lost: error }));
    return { accepted, view };
  });
  const wrong = jobs.flatMap((job) => faultOf(job) ?? []);
  const ids = jobs.map(({ view }) => view.id);
  const twice = ids.filter((id, place) => ids.indexOf(id) !== place).map((id) => `${id} was given out twice`);
  const all = [...wrong, ...twice, ...(await strangers(evidence, new Set(ids)))];
  return { jobs, findings: all.map((what) => ({ check: 'jobs', what })) };
}

function faultOf({ accepted, view: { id, status, error, attempts } }: EndedJob): string | undefined {
  if (accepted.status !== undefined && accepted.status !== status) {
    return `${id} was ${accepted.status}, and is ${status} now`;
  }
  switch (status) {
    case 'succeeded':
      // Also if it was canceled: its worker was done when it heard of it.
      return undefined;
    case 'canceled':
      return accepted.isCancelRequested ? undefined : `${id} is canceled, and nobody canceled it`;
    case 'failed':
      if (excusedCodes.has(error?.code ?? '')) return undefined;
      return `${id} failed after ${attempts} attempts: ${error?.code}: ${error?.message}`;
    default:
      return `${id} is ${status} and has not ended`;
  }
}

/** Jobs that nobody was told of: a create that was sent again made a second one. */
async function strangers(evidence: Evidence, known: ReadonlySet<string>): Promise<string[]> {
  const lists = await mapSome(evidence.owners, (owner) => listAll<{ id: string }>(evidence, owner, '/v1/jobs', 'jobs'));
  const listed = lists.flat().map(({ id }) => id);
  const missing = [...known].filter((id) => !listed.includes(id)).map((id) => `${id} is missing from the list of jobs`);
  return [
    ...listed.filter((id) => !known.has(id)).map((id) => `${id} is there, and nobody was told of it`),
    ...missing,
  ];
}
