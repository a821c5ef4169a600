import { fork, type ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { describeMachine, percentile, spreadOf, toMb } from '@m2fp/bench';
import { createClient, type M2fpClient } from '@m2fp/client';
import { redisKeys } from '@m2fp/contract';
import { samplePhotos } from '@m2fp/dev-services';
import { ApiKeys, defaultScopes } from '@m2fp/queue/access';
import { Redis } from 'ioredis';
import sharp from 'sharp';
import { applicationLoad } from '../load-report.ts';
import { type ProbedStack, withProbedStack } from '../probed-stack.ts';
import type { AnswerCounts } from './attacker.ts';
import type { AttackReport, Phase } from './attack-report.ts';
import type { AttackTarget } from './tricks.ts';
import { runVictim, type Victim, type VictimSettings } from './victim.ts';

export interface AttackOptions {
  readonly seconds: number;
  readonly model: string;
}

const warmUpPhotos = 6;
/** Until the attack has taken what it can get. */
const rampMs = 15_000;
/** Between two looks at Redis. */
const watchMs = 500;
/** Large enough that its overlay does not fit into the buffers of a connection. */
const largePhotoPx = 2_400;
const smallPhotoPx = 320;

/** Starts the service, measures the victim alone and then under attack. Nothing is left running. */
export function runAttackBench({ seconds, model }: AttackOptions, signal: AbortSignal): Promise<AttackReport> {
  return withProbedStack({ model, signal }, async (probed) => {
    const { stack } = probed;
    const redis = new Redis(stack.redisUrl);
    try {
      const [steady, patient] = [
        await addVictim(redis, stack, 'steady', signal),
        await addVictim(redis, stack, 'patient', signal),
      ];
      await warmUp(createClient({ baseUrl: stack.apiUrl, apiKey: patient.apiKey }), patient.photoKey, signal);
      const target = await prepareAttack(stack.apiUrl, await createKey(redis, stack, 'attacker'), signal);
      const victim = { apiUrl: stack.apiUrl, steady, patient, signal };

      const quiet = await measurePhase(probed, redis, victim, seconds);
      const attacker = startAttacker(target);
      try {
        await sleep(rampMs, undefined, { signal });
        const attack = await measurePhase(probed, redis, victim, seconds);
        const tricks = await readAnswers(attacker);
        return { machine: describeMachine(), model, seconds, quiet, attack, tricks };
      } finally {
        attacker.kill('SIGKILL');
      }
    } finally {
      redis.disconnect();
    }
  });
}

async function createKey(redis: Redis, { queuePrefix }: ProbedStack['stack'], owner: string): Promise<string> {
  const apiKeys = new ApiKeys(redis, redisKeys(queuePrefix));
  const grant = { name: owner, owner, scopes: [...defaultScopes], shares: {}, expires_at: null };
  return (await apiKeys.create({ ...grant, input_prefixes: null, output_prefixes: null })).key;
}

async function addVictim(
  redis: Redis,
  stack: ProbedStack['stack'],
  owner: string,
  signal: AbortSignal,
): Promise<Victim> {
  const apiKey = await createKey(redis, stack, owner);
  const client = createClient({ baseUrl: stack.apiUrl, apiKey });
  return { apiKey, photoKey: (await client.uploads.create(await photoOf(smallPhotoPx), { signal })).key };
}

/** One person, who stands in the left third of the first sample photo. */
async function photoOf(sidePx: number): Promise<Blob> {
  const [sample] = samplePhotos();
  const { width, height } = await sharp(sample?.path).metadata();
  const bytes = await sharp(sample?.path)
    .extract({ left: 0, top: 0, width: Math.floor(width / 3), height })
    .resize(sidePx, sidePx, { position: 'top' })
    .jpeg({ quality: 95 })
    .toBuffer();
  return new Blob([new Uint8Array(bytes)], { type: 'image/jpeg' });
}

/** So that the worker has its model, and has grown to its size. */
async function warmUp(client: M2fpClient, key: string, signal: AbortSignal): Promise<void> {
  for (let count = 0; count < warmUpPhotos; count++) await client.parse({ key }, { signal });
}

async function prepareAttack(apiUrl: string, apiKey: string, signal: AbortSignal): Promise<AttackTarget> {
  const client = createClient({ baseUrl: apiUrl, apiKey });
  const { key: photoKey } = await client.uploads.create(await photoOf(smallPhotoPx), { signal });
  const large = await client.uploads.create(await photoOf(largePhotoPx), { signal });
  const { id: largeJobId } = await client.parse(large, { options: { outputs: ['overlay'] }, signal });
  return { apiUrl, apiKey, photoKey, largeJobId };
}

function startAttacker(target: AttackTarget): ChildProcess {
  const entry = fileURLToPath(new URL('./attacker.ts', import.meta.url));
  return fork(entry, [JSON.stringify(target)], { execArgv: [] });
}

function readAnswers(attacker: ChildProcess): Promise<AnswerCounts> {
  return new Promise((resolve, reject) => {
    attacker.once('exit', () => reject(new Error('The attacker ended by itself.')));
    attacker.once('message', (answers) => resolve(answers as AnswerCounts));
    attacker.send('answers');
  });
}

async function measurePhase(
  { stack, samples }: ProbedStack,
  redis: Redis,
  victim: VictimSettings,
  seconds: number,
): Promise<Phase> {
  const from = Date.now();
  const parsersBefore = await parsersStarted(stack.workerHealthUrl);
  const memory = watchRedis(redis);
  const record = await runVictim(victim, seconds);
  const redisMb = await memory.end();
  const api = applicationLoad(await samples('api'), from, Date.now());
  return {
    creates: record.createMs.length,
    errors: record.errors,
    createMs: spreadOf(record.createMs),
    startMs: spreadOf(record.startMs),
    webhookMs: spreadOf(record.webhookMs),
    photoMs: percentile(record.photoMs, 0.5),
    watched: record.startMs.length + record.lost,
    lost: record.lost,
    apiRssMb: api.rssMb.peak,
    eventLoopDelayMs: api.maxEventLoopDelayMs,
    redisMb,
    parsersStarted: (await parsersStarted(stack.workerHealthUrl)) - parsersBefore,
  };
}

/** A parser process ends with a photo that is canceled while it runs, and the next one has to load the model. */
async function parsersStarted(workerUrl: string): Promise<number> {
  const stats = (await (await fetch(`${workerUrl}/stats`)).json()) as { parsers: { started: number } };
  return stats.parsers.started;
}

function watchRedis(redis: Redis) {
  let [peakBytes, isOver] = [0, false];
  const watching = (async () => {
    while (!isOver) {
      const info = await redis.info('memory');
      peakBytes = Math.max(peakBytes, Number(/^used_memory:(\d+)/m.exec(info)?.[1] ?? 0));
      await sleep(watchMs);
    }
  })();
  return {
    async end(): Promise<number> {
      isOver = true;
      await watching;
      return toMb(peakBytes);
    },
  };
}
