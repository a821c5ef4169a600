/** Where a job and what belongs to it are, for clients that do not want to build paths. */
import { isPersonal } from '@m2fp/contract';
import type { JobLinks, JobResult, JobSummary } from '@m2fp/contract';

export function jobPath(id: string, basePath: string): string {
  return `${basePath}/v1/jobs/${id}`;
}

/** @param files of a job that succeeded, unless it is one of a list */
export function jobLinks(
  { id, finished_at: finishedAt, input }: Pick<JobSummary, 'id' | 'finished_at' | 'input'>,
  basePath: string,
  files?: JobResult['files'],
): JobLinks {
  const self = jobPath(id, basePath);
  return {
    self,
    ...(finishedAt === null && { cancel: `${self}/cancel` }),
    events: `${self}/events`,
    ...(input.url === undefined && { photo: `${self}/photo` }),
    page: `${basePath}/jobs/${id}`,
    ...(files !== undefined && { files: fileLinks(self, files) }),
  };
}

function fileLinks(self: string, files: JobResult['files']): Record<string, string> {
  const names = files.map(({ output, person }) =>
    isPersonal(output) && person !== undefined ? `${output}/${person}` : output,
  );
  return Object.fromEntries(names.map((name) => [name, `${self}/files/${name}`]));
}
