/**
 * A day of the service, event by event: photos come, wait in line, and are parsed one at a time by workers that a rule
 * starts and ends. Every photo that came is either done or waits; one whose worker is lost waits again.
 */
import { EventQueue, Line } from './queues.ts';
import type { ScalingRule } from './rules.ts';

export interface SimulationSettings {
  /** Of photos that come one by one, ascending, s. */
  readonly singles: Float64Array;
  readonly batches: readonly { readonly atS: number; readonly photos: number }[];
  readonly seconds: number;
  readonly rule: ScalingRule;
  /** At the beginning, all ready. */
  readonly workers: number;
  readonly secondsPerPhoto: number;
  /** From when a worker is asked for until it takes photos. */
  readonly startS: number;
  readonly zones: number;
  /** A zone that goes away with its workers, and does not come back. */
  readonly outage?: { readonly atS: number; readonly zone: number };
  /** Until a photo whose worker was lost is waiting again: its lock has to expire, and somebody to notice. */
  readonly stalledS: number;
  readonly sampleS: number;
}

export interface Sample {
  readonly atS: number;
  readonly waiting: number;
  /** Of photos that come one by one, s. */
  readonly oldestS: number;
  readonly workers: number;
}

export interface SimulationResult {
  readonly arrived: number;
  readonly done: number;
  /** At the end: in line, in hand, or lost with a worker and not noticed yet. */
  readonly unfinished: number;
  /** Of each photo that came by itself and was begun, from its arrival to its first beginning, s. */
  readonly waitsS: Float64Array;
  /** From the time that each batch came until its last photo was done, s. */
  readonly batchS: readonly number[];
  /** Of time in which workers existed, those that were starting included. */
  readonly workerS: number;
  readonly busyS: number;
  readonly samples: readonly Sample[];
}

interface Photo {
  readonly atS: number;
  /** Undefined if it came by itself. */
  readonly batch: number | undefined;
  begun: boolean;
}

interface SimWorker {
  readonly zone: number;
  readonly sinceS: number;
  state: 'starting' | 'idle' | 'busy' | 'gone';
  isEnding: boolean;
  photo: Photo | undefined;
}

type Event =
  | { readonly kind: 'ready' | 'done'; readonly worker: SimWorker }
  | { readonly kind: 'waits again'; readonly photo: Photo }
  | { readonly kind: 'batch'; readonly batch: number }
  | { readonly kind: 'decide' | 'sample' | 'outage' };

/** Photos of its batches that an owner has for one of every eight single ones (packages/queue/src/turns). */
const singlesPerBatchPhoto = 8;

export function simulate(settings: SimulationSettings): SimulationResult {
  return new Simulation(settings).run();
}

class Simulation {
  readonly #settings: SimulationSettings;
  readonly #events = new EventQueue<Event>();
  readonly #singles = new Line<Photo>();
  readonly #batched = new Line<Photo>();
  /** Those whose worker was lost go first: they have had their turn. */
  readonly #returned = new Line<Photo>();
  #workers: SimWorker[] = [];
  readonly #samples: Sample[] = [];
  readonly #waits: number[] = [];
  readonly #batchLeft: number[];
  readonly #batchS: number[];
  readonly #count = { arrived: 0, done: 0, lost: 0, sinceDecision: 0, started: 0 };
  #workerS = 0;
  #busyS = 0;
  #turn = 0;
  #nowS = 0;
  #lostZone: number | undefined;

  constructor(settings: SimulationSettings) {
    this.#settings = settings;
    this.#batchLeft = settings.batches.map(({ photos }) => photos);
    this.#batchS = settings.batches.map(() => Number.NaN);
  }

  run(): SimulationResult {
    const { singles, seconds, workers, batches, outage } = this.#settings;
    for (let count = 0; count < workers; count++) this.#start(0);
    for (const [batch, { atS }] of batches.entries()) this.#events.add(atS, { kind: 'batch', batch });
    if (outage) this.#events.add(outage.atS, { kind: 'outage' });
    this.#events.add(0, { kind: 'sample' });
    this.#events.add(0, { kind: 'decide' });
    for (let next = 0; ;) {
      const arrivalS = singles[next] ?? Infinity;
      const atS = Math.min(arrivalS, this.#events.nextAtS);
      if (atS > seconds) break;
      this.#nowS = atS;
      if (arrivalS <= this.#events.nextAtS) {
        next += 1;
        this.#arrive({ atS, batch: undefined, begun: false }, this.#singles);
        this.#dispatch();
      } else this.#handle(this.#events.take());
    }
    return this.#result(seconds);
  }

  #result(seconds: number): SimulationResult {
    const alive = this.#workers.filter(({ state }) => state !== 'gone');
    const inHand = alive.filter(({ photo }) => photo !== undefined).length;
    const { arrived, done, lost } = this.#count;
    return {
      ...{ arrived, done, unfinished: this.#waiting + inHand + lost, samples: this.#samples, batchS: this.#batchS },
      waitsS: Float64Array.from(this.#waits),
      workerS: this.#workerS + alive.reduce((sum, { sinceS }) => sum + seconds - sinceS, 0),
      busyS: this.#busyS,
    };
  }

  get #waiting(): number {
    return this.#singles.length + this.#batched.length + this.#returned.length;
  }

  #arrive(photo: Photo, line: Line<Photo>): void {
    this.#count.arrived += 1;
    this.#count.sinceDecision += 1;
    line.add(photo);
  }

  #handle(event: Event | undefined): void {
    switch (event?.kind) {
      case undefined:
        return;
      case 'ready':
        if (event.worker.state === 'starting') this.#free(event.worker);
        return this.#dispatch();
      case 'done':
        if (event.worker.state === 'busy') this.#finish(event.worker);
        return this.#dispatch();
      case 'waits again':
        this.#count.lost -= 1;
        this.#returned.add(event.photo);
        return this.#dispatch();
      case 'batch':
        return this.#arriveBatch(event.batch);
      case 'decide':
        return this.#decide();
      case 'sample':
        return this.#sample();
      case 'outage':
        return this.#loseZone();
    }
  }

  #arriveBatch(batch: number): void {
    const photos = this.#settings.batches[batch]?.photos ?? 0;
    for (let count = 0; count < photos; count++) this.#arrive({ atS: this.#nowS, batch, begun: false }, this.#batched);
    this.#dispatch();
  }

  /** Gives photos to workers that have none. */
  #dispatch(): void {
    if (this.#waiting === 0) return;
    for (const worker of this.#workers) {
      if (worker.state !== 'idle') continue;
      const photo = this.#next();
      if (photo === undefined) return;
      if (!photo.begun && photo.batch === undefined) this.#waits.push(this.#nowS - photo.atS);
      photo.begun = true;
      worker.state = 'busy';
      worker.photo = photo;
      this.#events.add(this.#nowS + this.#settings.secondsPerPhoto, { kind: 'done', worker });
    }
  }

  #next(): Photo | undefined {
    if (this.#returned.length > 0) return this.#returned.take();
    const isTurnOfBatch = this.#turn++ % (singlesPerBatchPhoto + 1) === singlesPerBatchPhoto;
    const [first, second] = isTurnOfBatch ? [this.#batched, this.#singles] : [this.#singles, this.#batched];
    return first.take() ?? second.take();
  }

  #finish(worker: SimWorker): void {
    const batch = worker.photo?.batch;
    this.#count.done += 1;
    this.#busyS += this.#settings.secondsPerPhoto;
    worker.photo = undefined;
    if (batch !== undefined) {
      const left = (this.#batchLeft[batch] = (this.#batchLeft[batch] ?? 0) - 1);
      if (left === 0) this.#batchS[batch] = this.#nowS - (this.#settings.batches[batch]?.atS ?? 0);
    }
    this.#free(worker);
  }

  #free(worker: SimWorker): void {
    if (worker.isEnding) this.#end(worker);
    else worker.state = 'idle';
  }

  #decide(): void {
    const { rule } = this.#settings;
    this.#workers = this.#workers.filter(({ state }) => state !== 'gone');
    const running = this.#workers.filter(({ isEnding }) => !isEnding);
    const wanted = rule.decide({
      ...{ atS: this.#nowS, oldestS: this.#oldestS, arrived: this.#count.sinceDecision, workers: running.length },
      photos: this.#count.arrived - this.#count.done,
    });
    this.#count.sinceDecision = 0;
    for (let count = running.length; count < wanted; count++) this.#start(this.#settings.startS);
    // Those with nothing in hand first; the others finish their photo.
    const order = { starting: 0, idle: 1, busy: 2, gone: 3 } as const;
    const tooMany = Math.max(0, running.length - wanted);
    const leaving = running.sort((a, b) => order[a.state] - order[b.state]).slice(0, tooMany);
    for (const worker of leaving) {
      worker.isEnding = true;
      if (worker.state !== 'busy') this.#end(worker);
    }
    this.#events.add(this.#nowS + rule.everyS, { kind: 'decide' });
  }

  #start(startS: number): void {
    const { zones } = this.#settings;
    let zone = this.#count.started++ % zones;
    if (zone === this.#lostZone) zone = (zone + 1) % zones;
    const worker: SimWorker = { zone, sinceS: this.#nowS, state: 'starting', isEnding: false, photo: undefined };
    this.#workers.push(worker);
    this.#events.add(this.#nowS + startS, { kind: 'ready', worker });
  }

  #end(worker: SimWorker): void {
    worker.state = 'gone';
    this.#workerS += this.#nowS - worker.sinceS;
  }

  #loseZone(): void {
    this.#lostZone = this.#settings.outage?.zone;
    for (const worker of this.#workers) {
      if (worker.zone !== this.#lostZone || worker.state === 'gone') continue;
      const { photo } = worker;
      worker.photo = undefined;
      this.#end(worker);
      if (photo === undefined) continue;
      this.#count.lost += 1;
      this.#events.add(this.#nowS + this.#settings.stalledS, { kind: 'waits again', photo });
    }
  }

  get #oldestS(): number {
    const oldest = this.#singles.oldest;
    return oldest === undefined ? 0 : this.#nowS - oldest.atS;
  }

  #sample(): void {
    const workers = this.#workers.filter(({ state }) => state !== 'gone').length;
    this.#samples.push({ atS: this.#nowS, waiting: this.#waiting, oldestS: this.#oldestS, workers });
    this.#events.add(this.#nowS + this.#settings.sampleS, { kind: 'sample' });
  }
}
