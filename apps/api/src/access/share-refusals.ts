import { AppError, ownerShares } from '@m2fp/contract';
import type { ShareName } from '@m2fp/contract';

/** All owners together have too much of something. */
export function overloaded(message: string): AppError {
  return new AppError('overloaded', `${message} Try again later.`);
}

/** An owner has one of the shares already. */
export class ShareExceeded extends AppError {
  readonly share: ShareName;
  /** Undefined: in as long as `Retry-After` says for its code. */
  readonly retryAfterS: number | undefined;

  constructor(share: ShareName, limit: number | null | undefined, retryAfterS?: number) {
    super('rate_limited', `Your share \`${share}\` is used up: at most ${limit} ${ownerShares[share].of}.`);
    this.name = 'ShareExceeded';
    this.share = share;
    this.retryAfterS = retryAfterS;
  }
}
