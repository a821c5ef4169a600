/** Every batch has ended, and its counts, its manifest and its data set tell the same of each of its photos. */
import { optionSets } from '../photos.ts';
import type { AcceptedBatch } from '../load.ts';
import { type Evidence, excusedCodes, type Finding, listAll, mapSome } from './evidence.ts';

interface BatchView {
  readonly status: string;
  readonly counts: Readonly<Record<'total' | 'queued' | 'processing' | Outcome, number>>;
  readonly manifest: { readonly key: string } | null;
  readonly annotations: { readonly key: string } | null;
}

type Outcome = 'succeeded' | 'failed' | 'canceled';

interface ManifestLine {
  readonly index: number;
  readonly key: string;
  readonly status: Outcome;
  readonly error?: { readonly code: string };
}

export interface EndedBatch {
  readonly accepted: AcceptedBatch;
  readonly status: string;
  /** By index; undefined without a manifest. */
  readonly photos: readonly (Outcome | undefined)[];
  readonly hasAnnotations: boolean;
}

export interface BatchesVerdict {
  readonly batches: readonly EndedBatch[];
  readonly findings: readonly Finding[];
}

export async function checkBatches(evidence: Evidence): Promise<BatchesVerdict> {
  const { load, owners } = evidence;
  const checked = await mapSome(load.batches, (accepted) => checkBatch(accepted, evidence));
  const known = new Set(load.batches.map(({ id }) => id));
  const lists = await mapSome(owners, (owner) => listAll<{ id: string }>(evidence, owner, '/v1/batches', 'batches'));
  const strangers = lists.flat().filter(({ id }) => !known.has(id));
  const faults = [
    ...checked.flatMap(({ batch, faults: own }) => own.map((fault) => `${batch.accepted.id}: ${fault}`)),
    ...strangers.map(({ id }) => `${id} is there, and nobody was told of it`),
  ];
  return {
    batches: checked.map(({ batch }) => batch),
    findings: faults.map((what) => ({ check: 'batches', what })),
  };
}

interface Checked {
  readonly batch: EndedBatch;
  readonly faults: readonly string[];
}

async function checkBatch(accepted: AcceptedBatch, evidence: Evidence): Promise<Checked> {
  const { service, signal } = evidence;
  const view = await service
    .request<BatchView>(accepted.owner, `/v1/batches/${accepted.id}`, signal)
    .catch(() => undefined);
  const batch = { accepted, status: view?.status ?? 'lost', photos: accepted.pairs.map(() => undefined) };
  if (view === undefined) return { batch: { ...batch, hasAnnotations: false }, faults: ['it is lost'] };
  const { status, manifest, annotations } = view;
  const faults: string[] = [];
  const mayBe = accepted.isCancelRequested ? ['finished', 'canceled'] : ['finished'];
  if (!mayBe.includes(status)) faults.push(`it is ${status}`);
  if (accepted.status !== undefined && accepted.status !== status) faults.push(`it was ${accepted.status} before`);
  if (manifest === null) return { batch: { ...batch, hasAnnotations: false }, faults: [...faults, 'no manifest'] };
  const lines = (await readText(manifest.key, evidence))
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as ManifestLine);
  faults.push(...manifestFaults(lines, accepted, view), ...(await annotationFaults(lines, accepted, view, evidence)));
  return {
    batch: { ...batch, photos: lines.map(({ status: photo }) => photo), hasAnnotations: annotations !== null },
    faults,
  };
}

function manifestFaults(lines: readonly ManifestLine[], { pairs }: AcceptedBatch, { counts, status }: BatchView) {
  const faults: string[] = [];
  const counted = (outcome: Outcome): number => lines.filter((line) => line.status === outcome).length;
  for (const outcome of ['succeeded', 'failed', 'canceled'] as const) {
    if (counts[outcome] === counted(outcome)) continue;
    faults.push(`${counts[outcome]} photos ${outcome}, and ${counted(outcome)} in the manifest`);
  }
  if (counts.total !== pairs.length || counts.queued + counts.processing > 0) {
    faults.push(`its counts are ${JSON.stringify(counts)} for ${pairs.length} photos`);
  }
  const names = lines.map(({ index, key }) => `${index} ${key.split('/').at(-1)}`);
  const expected = pairs.map(({ photo }, index) => `${index} ${photo.name}`);
  if (names.join() !== expected.join()) faults.push(`its manifest lists ${names.join()} for ${expected.join()}`);
  for (const { index, status: photo, error } of lines) {
    if (photo === 'failed' && !excusedCodes.has(error?.code ?? '')) faults.push(`photo ${index}: ${error?.code}`);
    if (photo === 'canceled' && status !== 'canceled') faults.push(`photo ${index} is canceled`);
  }
  return faults;
}

interface Dataset {
  readonly images: readonly { readonly id: number; readonly file_name: string }[];
  readonly annotations: readonly { readonly id: number; readonly image_id: number }[];
}

async function annotationFaults(
  lines: readonly ManifestLine[],
  { pairs }: AcceptedBatch,
  { annotations }: BatchView,
  evidence: Evidence,
): Promise<string[]> {
  const hasMasks = optionSets[pairs[0]?.options ?? 0]?.outputs?.includes('masks') ?? false;
  const wanted = hasMasks ? lines.filter(({ status }) => status === 'succeeded') : [];
  if (annotations === null) return wanted.length === 0 ? [] : ['it has no annotations.json'];
  if (wanted.length === 0) return ['it has an annotations.json of nothing'];
  const dataset = JSON.parse(await readText(annotations.key, evidence)) as Dataset;
  const names = dataset.images.map(({ file_name: name }) => name).sort();
  const expected = wanted.map(({ key }) => key.split('/').at(-1) ?? '').sort();
  const images = new Set(dataset.images.map(({ id }) => id));
  const ids = new Set(dataset.annotations.map(({ id }) => id));
  return [
    ...(names.join() === expected.join() ? [] : [`its annotations.json lists ${names.join()} for ${expected.join()}`]),
    ...(images.size === names.length ? [] : ['two images of its annotations.json have the same id']),
    ...(ids.size === dataset.annotations.length ? [] : ['two annotations have the same id']),
    ...(dataset.annotations.every((each) => images.has(each.image_id)) ? [] : ['an annotation is of no image']),
  ];
}

async function readText(key: string, { storage, signal }: Evidence): Promise<string> {
  return new TextDecoder().decode(await storage.get(key, { maxBytes: 2 ** 28, signal }));
}
