/** Local worker processes as a Deployment: so many of them, started at once and ended the way a kubelet does it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet, FleetApplication, Member } from '@m2fp/dev-services/fleet';

export interface WorkerFleet {
  /** Those that are not being ended. */
  readonly replicas: number;
  /** Starts or ends as many as are missing or too many, the youngest first; does not wait for them. */
  scaleTo(replicas: number): void;
  /** Seconds that workers were there, from the start of each process to its end. */
  workerSeconds(): number;
  /** `at` in ms since 1970; one entry for each change, those being ended included. */
  readonly history: readonly { readonly at: number; readonly workers: number }[];
  readonly ends: WorkerEnds;
  /** Resolves when all have ended. Throws if one could not be started. */
  stop(): Promise<void>;
}

export interface WorkerEnds {
  /** Ended by themselves after SIGTERM. */
  graceful: number;
  /** SIGKILL, because they had not ended within the grace period. */
  killed: number;
  /** Ended without being asked. */
  unasked: number;
}

export interface WorkerFleetSettings {
  readonly fleet: Fleet;
  readonly application: FleetApplication & ('worker' | 'stand-in-worker');
  readonly env: NodeJS.ProcessEnv;
  /** From SIGTERM to SIGKILL, s: `terminationGracePeriodSeconds`. */
  readonly graceS: number;
}

interface Replica {
  readonly startedAt: number;
  endedAt: number | undefined;
  isEnding: boolean;
  readonly member: Promise<Member>;
}

export function createWorkerFleet({ fleet, application, env, graceS }: WorkerFleetSettings): WorkerFleet {
  const replicas: Replica[] = [];
  const history: { at: number; workers: number }[] = [];
  const ends: WorkerEnds = { graceful: 0, killed: 0, unasked: 0 };
  const alive = (): Replica[] => replicas.filter(({ endedAt }) => endedAt === undefined);
  const serving = (): Replica[] => alive().filter(({ isEnding }) => !isEnding);
  const note = (): void => void history.push({ at: Date.now(), workers: alive().length });

  const start = (): void => {
    const member = fleet.start(application, { env });
    const replica: Replica = { startedAt: Date.now(), endedAt: undefined, isEnding: false, member };
    replicas.push(replica);
    const ended = member.then(({ exited }) => exited);
    ended
      .catch(() => undefined)
      .finally(() => {
        replica.endedAt = Date.now();
        if (!replica.isEnding) ends.unasked++;
        note();
      });
  };
  const end = (replica: Replica): void => {
    replica.isEnding = true;
    void endOne(replica, graceS, ends).catch(() => undefined);
  };

  return {
    get replicas() {
      return serving().length;
    },
    history,
    ends,
    scaleTo(wanted) {
      const missing = wanted - serving().length;
      for (let i = 0; i < missing; i++) start();
      for (const replica of serving().reverse().slice(0, Math.max(0, -missing))) end(replica);
      if (missing !== 0) note();
    },
    workerSeconds: () =>
      replicas.reduce((sum, { startedAt, endedAt = Date.now() }) => sum + (endedAt - startedAt) / 1_000, 0),
    async stop() {
      for (const replica of serving()) end(replica);
      for (const { member } of replicas) await (await member).exited;
    },
  };
}

async function endOne({ member }: Replica, graceS: number, ends: WorkerEnds): Promise<void> {
  const asked = await member;
  asked.kill('SIGTERM');
  const timer = new AbortController();
  const late = sleep(graceS * 1_000, true, { signal: timer.signal }).catch(() => false);
  const isLate = await Promise.race([late, asked.exited.then(() => false)]);
  timer.abort();
  if (isLate) asked.kill('SIGKILL');
  if (isLate) ends.killed++;
  else ends.graceful++;
}
