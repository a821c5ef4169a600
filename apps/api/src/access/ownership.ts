/**
 * Whose something is. Every route that reads or changes a job, batch or delivery by its id asks here, and what is not
 * the caller's does not exist for the caller.
 */
import { AppError, anonymousOwner } from '@m2fp/contract';
import type { Caller } from './caller.ts';

/** What has an owner; without one, it was made without API keys. */
interface Owned {
  readonly owner?: string | undefined;
}

export function isOwnedBy({ owner }: Pick<Caller, 'owner'>, resource: Owned): boolean {
  return (resource.owner ?? anonymousOwner) === owner;
}

/**
 * The resource, if there is one and it is the caller's. Throws `not_found` otherwise, whichever it is.
 * @param ownership reads what has the owner, if that is a part of the resource
 */
export function assertOwned<Resource>(
  caller: Pick<Caller, 'owner'>,
  resource: Resource | undefined,
  { ownership, message }: { readonly ownership: (resource: Resource) => Owned; readonly message: string },
): Resource {
  if (resource !== undefined && isOwnedBy(caller, ownership(resource))) return resource;
  throw new AppError('not_found', message);
}
