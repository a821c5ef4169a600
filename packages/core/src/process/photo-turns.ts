import { setImmediate as nextRound } from 'node:timers/promises';
import { AppError, type Timings } from '@m2fp/contract';
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
  /** Its timings, with the time for which another photo had the thread as part of `wait`, and of no other stage. */
  own(timings: Timings): Timings;
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
  readonly #thread = new ThreadClock();
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
    const overlap = this.#thread.overlap();
    const assertWanted = (): void => {
      if (photo.isDropped) throw new AppError('canceled', 'The parse was canceled.');
    };
    return {
      assertWanted,
      opened: () => {
        photo.isOpened = true;
        overlap.endOf('open');
        this.#resume();
      },
      begin: async () => {
        overlap.endOf('decode');
        await Promise.race([before, dropped.promise]);
        assertWanted();
        this.#thread.take(id);
      },
      pause: async () => {
        this.#thread.release(id);
        await this.#pause();
        this.#thread.take(id);
      },
      own: (timings) => overlap.movedTo('wait', timings),
      leave: () => {
        this.#thread.release(id);
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

/** Stages before a photo's turn, during which another one may block the thread that would note their end. */
type EarlyStage = 'open' | 'decode';

/** For how long the thread has been some photo's. */
class ThreadClock {
  #holder: number | undefined;
  #since = 0;
  #heldMs = 0;

  take(id: number): void {
    if (this.#holder !== undefined) return;
    this.#holder = id;
    this.#since = performance.now();
  }

  release(id: number): void {
    if (this.#holder !== id) return;
    this.#heldMs = this.#read();
    this.#holder = undefined;
  }

  /** What others have of a photo's early stages, from now on. */
  overlap() {
    let last = this.#read();
    const heldMs = new Map<EarlyStage, number>();
    return {
      /** Once for each: in its turn, the thread is its own. */
      endOf: (stage: EarlyStage): void => {
        if (heldMs.has(stage)) return;
        const now = this.#read();
        heldMs.set(stage, now - last);
        last = now;
      },
      movedTo: (wait: string, timings: Timings): Timings => {
        const moved = { ...timings };
        for (const [stage, ms] of heldMs) {
          const part = Math.min(ms, timings[stage] ?? 0);
          if (part === 0) continue;
          moved[stage] = (timings[stage] ?? 0) - part;
          moved[wait] = (moved[wait] ?? 0) + part;
        }
        return moved;
      },
    };
  }

  #read(): number {
    return this.#heldMs + (this.#holder === undefined ? 0 : performance.now() - this.#since);
  }
}
