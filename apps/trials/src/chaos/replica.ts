/**
 * One of a service's processes as an orchestrator keeps it: there is always one, or there soon is again. It reaches
 * Redis and S3 through links of its own, so that it alone can be cut off.
 */
import { createWriteStream, type WriteStream } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Fleet, Member } from '@m2fp/dev-services/fleet';
import { startTcpLink, type TcpLink } from '@m2fp/dev-services/faults';
import type { Role } from './schedule.ts';

/** Something that a process did by itself and should not have done. */
export interface Mishap {
  readonly who: string;
  readonly what: string;
}

export interface ReplicaSettings {
  readonly role: Role;
  readonly number: number;
  readonly fleet: Fleet;
  /** Ports on loopback. */
  readonly redisPort: number;
  readonly s3Port: number;
  readonly logDir: string;
  readonly onMishap: (mishap: Mishap) => void;
}

const restartMs = 1_000;
const probeEveryMs = 5_000;
const probeTimeoutMs = 2_500;
/** As Kubernetes' default. */
const probeFailures = 3;
/** Until it has answered once. */
const startFailures = 12;

export class Replica {
  readonly role: Role;
  readonly name: string;
  /** How often it did not answer its liveness probe for so long that it was started again. */
  probeRestarts = 0;
  readonly links: Readonly<Record<'redis' | 's3', TcpLink>>;
  readonly #settings: ReplicaSettings;
  readonly #log: WriteStream;
  readonly #probes: NodeJS.Timeout;
  #member: Member | undefined;
  /** Of ours that have not ended. */
  readonly #work = new Set<Promise<void>>();
  #isOver = false;
  #isPaused = false;
  #failedProbes = 0;
  #hasAnswered = false;

  private constructor(settings: ReplicaSettings, links: Record<'redis' | 's3', TcpLink>) {
    this.role = settings.role;
    this.name = `${settings.role} ${settings.number}`;
    this.links = links;
    this.#settings = settings;
    this.#log = createWriteStream(join(settings.logDir, `${settings.role}-${settings.number}.log`));
    this.#probes = setInterval(() => void this.#probe(), probeEveryMs);
  }

  /** Resolves as soon as the process runs. */
  static async start(settings: ReplicaSettings): Promise<Replica> {
    const [redis, s3] = [await startTcpLink(settings.redisPort), await startTcpLink(settings.s3Port)];
    const replica = new Replica(settings, { redis, s3 });
    await replica.#start();
    return replica;
  }

  /** Where it answers, whoever asks; undefined while it is down. */
  get url(): string | undefined {
    return this.#member?.url;
  }

  get isRunning(): boolean {
    return this.#member !== undefined && !this.#isPaused;
  }

  async ready(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#work);
    if (this.#member === undefined) throw new Error(`The ${this.name} is not running.`);
    await this.#member.waitUntilReady(signal);
  }

  /** By SIGKILL; another one starts after `downMs`. False if it is down already. */
  kill(downMs: number): boolean {
    const member = this.#member;
    if (member === undefined) return false;
    this.#track(this.#replace(member, downMs));
    return true;
  }

  async pause(forMs: number): Promise<boolean> {
    const member = this.#member;
    if (member === undefined) return false;
    this.#isPaused = true;
    this.#note('paused');
    member.kill('SIGSTOP');
    await sleep(forMs);
    member.kill('SIGCONT');
    this.#note('goes on');
    this.#isPaused = false;
    return true;
  }

  /** Pids of a worker's parser processes; none while it does not answer. */
  async parsers(): Promise<number[]> {
    if (this.url === undefined) return [];
    const stats = await fetch(`${this.url}/stats`, { signal: AbortSignal.timeout(1_000) })
      .then((answer) => answer.json() as Promise<{ parsers?: { processes?: { pid: number }[] } }>)
      .catch(() => undefined);
    return stats?.parsers?.processes?.map(({ pid }) => pid) ?? [];
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#probes);
    await Promise.all(this.#work);
    const member = this.#member;
    this.#member = undefined;
    await member?.stop(5_000);
    await Promise.all(Object.values(this.links).map((link) => link.close()));
    await new Promise((resolve) => this.#log.end(resolve));
  }

  async #start(): Promise<void> {
    const { role, fleet } = this.#settings;
    const env = {
      REDIS_URL: `redis://127.0.0.1:${this.links.redis.port}`,
      S3_ENDPOINT: `http://127.0.0.1:${this.links.s3.port}`,
      ...(role === 'worker' ? { WORKER_NAME: this.name.replace(' ', '-') } : {}),
    };
    const member = await fleet.start(role, { env, onLine: (line) => this.#log.write(`${line}\n`) });
    this.#member = member;
    this.#failedProbes = 0;
    this.#hasAnswered = false;
    this.#note(`started as ${member.pid}`);
    void member.exited.then(({ code, signal }) => this.#onExit(member, `${signal ?? `exit code ${code}`}`));
  }

  async #replace(member: Member, downMs: number): Promise<void> {
    this.#member = undefined;
    this.#note('killed');
    member.kill('SIGKILL');
    await member.exited;
    // Its parser processes have to end by themselves; this only forgets it.
    await sleep(downMs);
    void member.stop(0);
    if (!this.#isOver) await this.#start();
  }

  #onExit(member: Member, how: string): void {
    if (this.#member !== member) return;
    this.#settings.onMishap({ who: this.name, what: `ended by itself: ${how}\n${member.recentOutput()}` });
    this.#track(this.#replace(member, restartMs));
  }

  async #probe(): Promise<void> {
    const member = this.#member;
    if (member === undefined || this.#isPaused) return;
    const answer = await fetch(`${member.url}/healthz`, { signal: AbortSignal.timeout(probeTimeoutMs) })
      .then(async (response) => ({ isWell: response.ok, text: await response.text() }))
      .catch(() => undefined);
    if (this.#member !== member || this.#isPaused) return;
    const isWell = answer?.isWell === true;
    this.#hasAnswered ||= isWell;
    this.#failedProbes = isWell ? 0 : this.#failedProbes + 1;
    if (this.#failedProbes < (this.#hasAnswered ? probeFailures : startFailures)) return;
    this.#giveUp(answer?.text);
  }

  /** @param answer to the last probe; undefined if there was none, which a busy machine may do to any process */
  #giveUp(answer: string | undefined): void {
    this.#note(`given up by its probe: ${answer ?? 'no answer'}`);
    if (answer === undefined) this.probeRestarts += 1;
    else this.#settings.onMishap({ who: this.name, what: `was stuck, as it said itself: ${answer.trim()}` });
    this.kill(restartMs);
  }

  #track(work: Promise<void>): void {
    this.#work.add(work);
    void work
      .catch((error: unknown) => this.#settings.onMishap({ who: this.name, what: `did not start: ${String(error)}` }))
      .finally(() => this.#work.delete(work));
  }

  #note(what: string): void {
    this.#log.write(`--- ${new Date().toISOString()} ${what}\n`);
  }
}
