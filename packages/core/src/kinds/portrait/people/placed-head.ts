import type { HeadFrame } from '../head/head-frame.ts';
import type { HeadMap } from '../head/head-map.ts';
import type { Claim } from './claim.ts';

/** A head that was read, and where it is on the photo. */
export interface PlacedHead {
  readonly frame: HeadFrame;
  readonly map: HeadMap;
  /** Absent where no other head is near. */
  readonly claim: Claim | undefined;
}
