/**
 * Any number of each application, as separate processes that a trial may start, kill and stop at any time. `startStack`
 * is one of each, for people; a fleet is for programs that look at what many do.
 */
import { fileURLToPath } from 'node:url';
import getPort from 'get-port';
import { type ManagedProcess, startProcess } from '../processes/managed-process.ts';
import type { RedisService } from '../redis/start-redis.ts';
import type { S3Service } from '../s3/start-s3.ts';
import {
  type Application,
  applications,
  mallocSettings,
  nodeFlags,
  serviceEnvironment,
  startArguments,
} from '../stack/applications.ts';
import { waitUntilReady } from '../stack/readiness.ts';

/** `stand-in-worker` is the worker with parsers that only wait: `MODEL=stand-in-50` takes 50 ms a photo. */
export type FleetApplication = Application | 'stand-in-worker';

export interface FleetSettings {
  readonly redis: Pick<RedisService, 'url' | 'embedded'>;
  readonly s3: S3Service;
  /** A model's name, or its bundle's folder as an absolute path. */
  readonly model: string;
  readonly cacheDir: string;
  readonly queuePrefix?: string | undefined;
  /** For all processes; overrides what this makes of the settings above. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface MemberSettings {
  /** For this process alone; overrides everything else. */
  readonly env?: NodeJS.ProcessEnv;
  /** Arguments for node, before the program. */
  readonly nodeArguments?: readonly string[];
  readonly onLine?: (line: string) => void;
}

export interface Member extends ManagedProcess {
  readonly application: FleetApplication;
  /** Where the API listens, or where another application answers `/healthz`, `/readyz` and `/metrics`. */
  readonly url: string;
  /** Its whole environment, to start another one just like it. */
  readonly env: NodeJS.ProcessEnv;
  isRunning(): boolean;
  /** To the process alone, not to its descendants. Nothing happens if it has ended. */
  kill(signal: NodeJS.Signals): void;
  /** Throws after a minute, with the last answer, and as soon as the process or the signal ends. */
  waitUntilReady(signal?: AbortSignal): Promise<void>;
}

export interface Fleet {
  /** What all processes get; `QUEUE_PREFIX` says where their keys are. */
  readonly env: NodeJS.ProcessEnv;
  /** Resolves as soon as the process runs; see `waitUntilReady`. */
  start(application: FleetApplication, settings?: MemberSettings): Promise<Member>;
  /** Those that are running, oldest first. */
  members(application?: FleetApplication): readonly Member[];
  /** Stops all, asking workers and dispatchers before APIs. Idempotent. */
  stop(graceMs?: number): Promise<void>;
}

const standInWorker = fileURLToPath(new URL('../../../../apps/worker/testing/stand-in-worker.ts', import.meta.url));

export function createFleet(settings: FleetSettings): Fleet {
  const { redis, s3, model, cacheDir, queuePrefix } = settings;
  const shared = {
    ...serviceEnvironment({ redis, s3, model, cacheDir, queuePrefix, logLevel: 'warn' }),
    ...settings.env,
  };
  const running = new Set<Member>();
  const members = (application?: FleetApplication): readonly Member[] =>
    [...running].filter((member) => application === undefined || member.application === application);
  return {
    env: shared,
    members,
    async start(application, memberSettings = {}) {
      const member = await startMember(application, shared, memberSettings);
      running.add(member);
      void member.exited.then(() => running.delete(member));
      return member;
    },
    async stop(graceMs) {
      const all = members();
      const apis = all.filter(({ application }) => application === 'api');
      const others = all.filter(({ application }) => application !== 'api');
      for (const group of [others, apis]) await Promise.all(group.map((member) => member.stop(graceMs)));
    },
  };
}

async function startMember(
  application: FleetApplication,
  shared: NodeJS.ProcessEnv,
  settings: MemberSettings,
): Promise<Member> {
  const port = await getPort({ host: '127.0.0.1' });
  const kind = application === 'stand-in-worker' ? 'worker' : application;
  const program = application === 'stand-in-worker' ? standInWorker : applications[application];
  const env = {
    ...mallocSettings[kind],
    ...shared,
    ...(kind === 'api' ? { PORT: String(port) } : { HEALTH_PORT: String(port) }),
    ...settings.env,
  };
  const args = startArguments([...(settings.nodeArguments ?? []), ...nodeFlags[kind]], program);
  const process = await startProcess(globalThis.process.execPath, args, { env, onLine: settings.onLine });
  return asMember(process, application, env);
}

function asMember(process: ManagedProcess, application: FleetApplication, env: NodeJS.ProcessEnv): Member {
  const url = `http://127.0.0.1:${env['PORT'] ?? env['HEALTH_PORT']}`;
  const ended = new AbortController();
  void process.exited.then(({ code, signal }) => {
    const how = signal === null ? `with exit code ${code}` : `by ${signal}`;
    ended.abort(new Error(`The ${application} ended ${how}. Its last output:\n${process.recentOutput()}`));
  });
  return {
    ...process,
    ...{ application, url, env },
    isRunning: () => !ended.signal.aborted,
    kill(signal) {
      if (!ended.signal.aborted) globalThis.process.kill(process.pid, signal);
    },
    waitUntilReady: async (signal) =>
      waitUntilReady(`${url}/readyz`, signal ? AbortSignal.any([signal, ended.signal]) : ended.signal),
  };
}
