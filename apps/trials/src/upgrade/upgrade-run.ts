/**
 * A service of two APIs, two workers and two dispatchers whose processes are replaced by another version's, kind by
 * kind, while clients go on. The new process is ready before the old one is told to stop, as in a rolling update.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { samplePhotos, stackCacheDir, startRedis, startS3 } from '@m2fp/dev-services';
import { serviceEnvironment, type Application } from '@m2fp/dev-services/stack';
import { Clients, type Fates } from './clients.ts';
import { startReceiver } from './receiver.ts';
import { VersionedFleet } from './versioned-fleet.ts';

export interface UpgradeSettings {
  /** A checkout of the other version. */
  readonly other: string;
  readonly model: string;
  readonly photo: string | undefined;
  readonly signal: AbortSignal;
  readonly onStep: (message: string) => void;
}

export interface UpgradeReport extends Fates {
  readonly direction: 'upgrade' | 'roll back';
  readonly order: string;
  readonly seconds: number;
  /** Jobs and batches, each of which asked for one. */
  readonly webhooksMissing: number;
  readonly isSound: boolean;
}

const thisVersion = fileURLToPath(new URL('../../../../', import.meta.url));
const orders: readonly (readonly Application[])[] = [
  ['worker', 'dispatcher', 'api'],
  ['api', 'dispatcher', 'worker'],
];
const ofEach = 2;
/** Photos for which each step waits: both versions have taken some by then. */
const photosPerStep = 3;

/** Every order, there and back. */
export async function runUpgrades(settings: UpgradeSettings): Promise<UpgradeReport[]> {
  const { other, onStep } = settings;
  const changes = [
    { direction: 'upgrade', from: other, to: thisVersion },
    { direction: 'roll back', from: thisVersion, to: other },
  ] as const;
  const reports: UpgradeReport[] = [];
  for (const order of orders) {
    for (const change of changes) {
      const report = await runOne(settings, order, change);
      onStep(upgradeReportText([report]));
      reports.push(report);
    }
  }
  return reports;
}

interface Change {
  readonly direction: UpgradeReport['direction'];
  readonly from: string;
  readonly to: string;
}

async function runOne(
  settings: UpgradeSettings,
  order: readonly Application[],
  change: Change,
): Promise<UpgradeReport> {
  const { signal, onStep } = settings;
  await using started = new AsyncDisposableStack();
  const [redis, s3, receiver] = await Promise.all([startRedis({ isPrivate: true }), startS3(), startReceiver()]);
  for (const service of [redis, s3, receiver]) started.defer(() => service.stop());
  const env = serviceEnvironment({
    ...{ redis, s3, model: settings.model, cacheDir: await stackCacheDir(), queuePrefix: undefined, logLevel: 'warn' },
  });
  const fleet = new VersionedFleet(env);
  started.defer(() => fleet.stop());
  for (const application of order) {
    for (let count = 0; count < ofEach; count++) await fleet.start(application, change.from, signal);
  }
  const photo = await readFile(settings.photo ?? samplePhotos()[0]?.path ?? '');
  const clients = new Clients(photo, { apiUrl: () => fleet.apiUrl(), webhookUrl: receiver.url, signal });
  const began = performance.now();
  const sending = clients.run();
  await clients.finished(photosPerStep);
  for (const application of order) {
    for (let count = 0; count < ofEach; count++) {
      onStep(`${change.direction}: ${application} ${count + 1} of ${ofEach}`);
      await fleet.replace(application, change.to, signal);
      await clients.finished(photosPerStep);
    }
  }
  clients.end();
  const fates = await sending;
  const webhooksMissing = await receiver.missing(fates.subjects, signal);
  const seconds = Math.round((performance.now() - began) / 1_000);
  const isSound = [fates.refused, fates.failed, fates.different, webhooksMissing].every((count) => count === 0);
  return { ...fates, direction: change.direction, order: order.join(', '), seconds, webhooksMissing, isSound };
}

export function upgradeReportText(reports: readonly UpgradeReport[]): string {
  const lines = reports.map((report) => {
    const { direction, order, jobs, batches, retried, refused, failed, different, webhooksMissing, seconds } = report;
    const counts = { jobs, batches, retried, refused, failed, different, 'webhooks missing': webhooksMissing };
    const facts = Object.entries(counts).map(([name, count]) => `${count} ${name}`);
    return `${direction}, ${order}: ${facts.join(', ')}, ${seconds} s`;
  });
  return lines.join('\n');
}
