import { setImmediate as nextRound } from 'node:timers/promises';
import { AppError } from '@m2fp/contract';
import type { PhotoTurn } from '../parsing/types.ts';

/** A photo that is here, from when it came until its reply has been sent. */
interface Present {
  isOpened: boolean;
  isDropped: boolean;
  /** Goes on with it if it waits for its turn. */
  wake: () => void;
}

/** A turn, and how it ends. */
export interface EnteredTurn extends PhotoTurn {
  /** It is done, and the next one may begin. */
  leave(): void;
}

/**
 * How long a photo that the network has read waits for the next one to come in, ms: a megabyte through the channel, and
 * its header read by another thread. Then it is decoded there, while this one is postprocessed.
 */
const longestPauseMs = 10;

/** Turns in the order in which photos came. */
export class PhotoTurns {
  readonly #present = new Map<number, Present>();
  #last: Promise<void> = Promise.resolve();
  /** There was a next one when the last one left, so that its owner has sent another by now, or soon will. */
  #isCrowded = false;
  /** Goes on with the one that pauses. */
  #resume = (): void => undefined;

  /** @param id of the request */
  enter(id: number): EnteredTurn {
    const dropped = Promise.withResolvers<void>();
    const photo: Present = { isOpened: false, isDropped: false, wake: dropped.resolve };
    this.#present.set(id, photo);
    const before = this.#last;
    const left = Promise.withResolvers<void>();
    this.#last = Promise.all([before, left.promise]).then(() => undefined);
    const assertWanted = (): void => {
      if (photo.isDropped) throw new AppError('canceled', 'The parse was canceled.');
    };
    return {
      assertWanted,
      opened: () => {
        photo.isOpened = true;
        this.#resume();
      },
      begin: async () => {
        await Promise.race([before, dropped.promise]);
        assertWanted();
      },
      pause: () => this.#pause(),
      leave: () => {
        this.#present.delete(id);
        this.#resume();
        this.#isCrowded = this.#present.size > 0;
        left.resolve();
      },
    };
  }

  /** Nobody wants it any more. One that has begun goes on: its owner ends the process if that matters. */
  drop(id: number): void {
    const photo = this.#present.get(id);
    if (!photo) return;
    photo.isDropped = true;
    // It need not stay in memory until its turn comes.
    photo.wake();
  }

  /** Not by asking again and again: that would take a core from the thread that reads the header. */
  async #pause(): Promise<void> {
    await nextRound();
    const areOpened = [...this.#present.values()].every(({ isOpened }) => isOpened);
    if (areOpened && (this.#present.size > 1 || !this.#isCrowded)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, longestPauseMs);
      this.#resume = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
