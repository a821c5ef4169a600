import { z } from '@hono/zod-openapi';

export const preferHeader = z.object({
  prefer: z.string().optional().meta({
    description: '`wait=N` (RFC 7240): answer when the job has ended, or after N seconds at the latest.',
    example: 'wait=10',
  }),
});

/** Seconds that the client would like to wait; undefined where it does not say, or not in a way that is understood. */
export function preferredWaitS(prefer: string | undefined): number | undefined {
  const match = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?\s*(?:$|[,;\s])/i.exec(prefer ?? '');
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
