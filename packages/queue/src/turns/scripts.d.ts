/**
 * Turns between owners, in Lua. See turns.ts for what they promise.
 *
 * BullMQ takes the job with the lowest score from `prioritized`. Jobs are added behind all others, and these scripts
 * then give each its score: a round, a place within the round, and the order of arrival.
 *
 * A flow is what one owner has of one class. Its jobs take one round after another, or every eighth, so that however
 * many it has, each other flow has its turn in between (start-time fair queuing: Goyal, Vin, Cheng, 1996). The queue's
 * round is that of its first job. A flow without jobs in a later round joins at the queue's round, and ahead of those
 * who have had turns before: one job of each owner a round, of whatever class.
 *
 * A job that is canceled gives its round back: the last one by moving the flow's next round back, any other by leaving
 * it free for the next job of the same flow. No flow ever has two jobs in one round, so adding and canceling wins
 * nothing.
 */
/** Of an owner's photos, one of a batch follows eight single ones. The last two are for queues of their own. */
export declare const turnClasses: {
  readonly interactive: {
    readonly cost: 1;
    readonly joining: 0;
    readonly place: 2;
  };
  readonly single: {
    readonly cost: 1;
    readonly joining: 1;
    readonly place: 2;
  };
  readonly batch: {
    readonly cost: 8;
    readonly joining: 3;
    readonly place: 3;
  };
  readonly delivery: {
    readonly cost: 1;
    readonly joining: 1;
    readonly place: 2;
  };
  readonly run: {
    readonly cost: 1;
    readonly joining: 1;
    readonly place: 2;
  };
};
/** BullMQ's lowest priority that is far above any turn; its scores are this times 2^32, plus a counter. */
export declare const noTurnPriority: number;
/**
 * KEYS: prioritized, turns, freed turns. ARGV: what the keys of jobs begin with, how many jobs at most, TTL in s of what
 * is remembered. Returns how many jobs have got their turn. In `turns`, a flow has its next round, and an owner the
 * round after the one in which a job of theirs joined, and that job.
 */
export declare const giveTurns: string;
/** For a script that takes a job from \`prioritized\`, while it still has its score there. */
export declare const returnTurn: string;
