/** What goes wrong, when and for how long: all of it follows from the seed, before anything starts. */
import { Random } from '@m2fp/bench';

export const roles = ['api', 'worker', 'dispatcher'] as const;
export type Role = (typeof roles)[number];

interface Timed {
  /** After the start, ms. */
  readonly atMs: number;
}

interface OfReplica {
  readonly role: Role;
  readonly replica: number;
}

export type Disturbance = Timed &
  (
    | ({ readonly kind: 'kill'; readonly downMs: number } & OfReplica)
    /** The process that parses, not its worker. */
    | { readonly kind: 'kill-parser'; readonly replica: number }
    | { readonly kind: 'kill-redis'; readonly downMs: number }
    /** SIGSTOP, and later SIGCONT: to everybody else it is as if it were gone, and then it is back. */
    | ({ readonly kind: 'pause'; readonly forMs: number } & OfReplica)
    /** `reset`: connections are refused; `silence`: they stay open, and nothing arrives. */
    | ({
        readonly kind: 'cut-off';
        readonly from: 'redis' | 's3';
        readonly how: 'reset' | 'silence';
        readonly forMs: number;
      } & OfReplica)
    /** A share of all requests to S3 goes wrong. */
    | { readonly kind: 's3-trouble'; readonly share: number; readonly forMs: number }
  );

export interface ScheduleSettings {
  readonly seed: number;
  readonly seconds: number;
  /** Of processes and Redis. */
  readonly kills: number;
  readonly replicas: Readonly<Record<Role, number>>;
  /** How long a worker's lock on a job lasts. */
  readonly lockMs: number;
}

/** For each kill so many other disturbances. */
const othersPerKill = 0.6;
/** From its start until a process works. */
const startMs = 3_000;
const longestCutMs = 60_000;

type Kind = Disturbance['kind'];
type Place = `${Role} ${number}` | 'redis' | 's3';

const killWeights = { worker: 7, parser: 5, api: 3, dispatcher: 3, redis: 2 } as const;
const otherWeights = { 'cut-off': 6, pause: 4, 's3-trouble': 3 } as const;
const pauseWeights: Readonly<Record<Role, number>> = { worker: 5, dispatcher: 3, api: 2 };

/**
 * As many kills as asked for, and others in between, by time. A process that is down or disturbed is left alone until
 * it is back: each disturbance finds something to disturb. What finds no room in the time is left out.
 */
export function planSchedule(settings: ScheduleSettings): Disturbance[] {
  const { seed, seconds, kills } = settings;
  const random = new Random(seed, 1);
  const others = Math.round(kills * othersPerKill);
  const order = shuffled([...Array<boolean>(kills).fill(true), ...Array<boolean>(others).fill(false)], random);
  const endMs = seconds * 1_000;
  const everyMs = endMs / order.length;
  const busy = new Map<Place, number>();
  const planned = order.flatMap((isKill, place) => {
    const atMs = (place + random.uint32() / 2 ** 32) * everyMs;
    const chosen = isKill ? kill(random, settings) : other(random, settings);
    return placed(chosen, atMs, { busy, endMs, random, settings }) ?? [];
  });
  return planned.sort((a, b) => a.atMs - b.atMs);
}

type Chosen = Disturbance extends infer One ? (One extends Disturbance ? Omit<One, 'atMs' | 'replica'> : never) : never;

function kill(random: Random, { seconds }: ScheduleSettings): Chosen {
  const what = weighted(killWeights, random);
  if (what === 'parser') return { kind: 'kill-parser' };
  const downMs = random.magnitude(200, Math.min(8_000, seconds * 100));
  return what === 'redis' ? { kind: 'kill-redis', downMs } : { kind: 'kill', role: what, downMs };
}

function other(random: Random, { seconds, lockMs }: ScheduleSettings): Chosen {
  const kind = weighted(otherWeights, random);
  if (kind === 's3-trouble') {
    const forMs = random.magnitude(500, Math.min(20_000, seconds * 200));
    return { kind, share: 0.2 + 0.6 * fraction(random), forMs };
  }
  if (kind === 'pause') {
    const role = weighted(pauseWeights, random);
    // A worker and a dispatcher have to lose what they hold; whoever asks an API only waits.
    const forMs = role === 'api' ? random.magnitude(200, lockMs / 2) : lockMs * (1.1 + 0.5 * fraction(random));
    return { kind, role, forMs: Math.round(forMs) };
  }
  const from = random.pick(['redis', 's3'] as const);
  const how = random.pick(['reset', 'silence'] as const);
  const forMs = random.magnitude(1_000, Math.min(longestCutMs, Math.max(2_000, seconds * 200)));
  return { kind, role: random.pick(roles), from, how, forMs };
}

interface Room {
  readonly busy: Map<Place, number>;
  readonly endMs: number;
  readonly random: Random;
  readonly settings: ScheduleSettings;
}

/** At the given time or, if nothing is left to disturb, as soon as something is; undefined if that is too late. */
function placed(chosen: Chosen, wantedMs: number, room: Room): Disturbance | undefined {
  const { busy, endMs, random, settings } = room;
  const places = placesOf(chosen, settings);
  const freeAt = (place: Place): number => busy.get(place) ?? 0;
  const free = places.filter((place) => freeAt(place) <= wantedMs);
  const place =
    free.length > 0 ? random.pick(free) : places.reduce((first, next) => (freeAt(next) < freeAt(first) ? next : first));
  const atMs = Math.round(Math.max(wantedMs, freeAt(place)));
  if (atMs > endMs) return undefined;
  busy.set(place, atMs + lengthOf(chosen) + startMs);
  const number = Number(place.split(' ')[1] ?? Number.NaN);
  return { ...chosen, atMs, ...(Number.isNaN(number) ? {} : { replica: number }) } as Disturbance;
}

function placesOf(chosen: Chosen, { replicas }: ScheduleSettings): Place[] {
  const kind: Kind = chosen.kind;
  if (kind === 'kill-redis') return ['redis'];
  if (kind === 's3-trouble') return ['s3'];
  const role = 'role' in chosen ? chosen.role : 'worker';
  return Array.from({ length: replicas[role] }, (_, number): Place => `${role} ${number}`);
}

function lengthOf(chosen: Chosen): number {
  if ('downMs' in chosen) return chosen.downMs;
  return 'forMs' in chosen ? chosen.forMs : 0;
}

function fraction(random: Random): number {
  return random.uint32() / 2 ** 32;
}

function weighted<Name extends string>(weights: Readonly<Record<Name, number>>, random: Random): Name {
  const names = Object.keys(weights) as Name[];
  return random.pick(names.flatMap((name) => Array<Name>(weights[name]).fill(name)));
}

function shuffled<T>(values: readonly T[], random: Random): T[] {
  const rest = [...values];
  return values.map(() => rest.splice(random.below(rest.length), 1)[0] as T);
}

/** As in "12.3 s: kill worker 1, back after 2.1 s". */
export function describeDisturbance(disturbance: Disturbance): string {
  const s = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
  const what = describeWhat(disturbance);
  const length = 'downMs' in disturbance ? `, back after ${s(disturbance.downMs)}` : '';
  const during = 'forMs' in disturbance ? ` for ${s(disturbance.forMs)}` : '';
  return `${s(disturbance.atMs)}: ${what}${length}${during}`;
}

function describeWhat(disturbance: Disturbance): string {
  switch (disturbance.kind) {
    case 'kill':
      return `kill ${disturbance.role} ${disturbance.replica}`;
    case 'kill-parser':
      return `kill a parser of worker ${disturbance.replica}`;
    case 'kill-redis':
      return 'kill Redis';
    case 'pause':
      return `pause ${disturbance.role} ${disturbance.replica}`;
    case 'cut-off':
      return `cut ${disturbance.role} ${disturbance.replica} off from ${disturbance.from} (${disturbance.how})`;
    case 's3-trouble':
      return `${Math.round(disturbance.share * 100)} % of requests to S3 fail`;
  }
}
