import { AppError } from '@m2fp/contract';
import { countIds, type IdMap } from '../id-map.ts';
import { likelyClassCount } from './class-count.ts';
import { byThreshold, figure, type Figures, meansOf, partThresholds, personThresholds } from './figures.ts';
import { InstanceMeter, Overlaps } from './instance-meter.ts';
import { meanOfNumbers } from './mean.ts';
import { ParsingMeter } from './parsing-meter.ts';
import type { PhotoPrediction, PhotoTruth } from './photo.ts';
import { SemanticMeter } from './semantic-meter.ts';

/** How many photos had something to measure, for each group of figures. */
interface Measured {
  truths: number;
  predictions: number;
}

/**
 * Measures predictions photo by photo, as the evaluator of M2FP's authors does (github.com/soeaver/M2FP,
 * `m2fp/evaluation`). Of a photo it keeps a few numbers for each thing that was found.
 */
export class Evaluator {
  readonly #classes: number | undefined;
  readonly #semantic: SemanticMeter;
  readonly #parsing: ParsingMeter;
  readonly #people = new InstanceMeter();
  readonly #parts = new Map<number, InstanceMeter>();
  readonly #measured = { semantic: none(), parts: none(), people: none(), parsing: none() };
  #highestPart = -1;

  /** `classes`: how many there are, with background and without whole people; undefined: as many as it seems. */
  constructor(classes?: number) {
    this.#classes = classes;
    this.#semantic = new SemanticMeter(classes);
    this.#parsing = new ParsingMeter(classes);
  }

  /**
   * Throws `invalid_request` if the photo's maps differ in size, in which case nothing is counted, or if a class was
   * predicted that there is not.
   */
  add(truth: PhotoTruth, prediction: PhotoPrediction): void {
    assertFits(truth, prediction);
    this.#addSemantic(truth, prediction);
    this.#addParts(truth, prediction);
    this.#addPeople(truth, prediction);
    this.#addParsing(truth, prediction);
  }

  /** How many classes the figures have. */
  get classes(): number {
    return this.#classes ?? likelyClassCount(Math.max(this.#highestPart, this.#semantic.highestClass));
  }

  result(): Figures {
    const { classes } = this;
    const semantic = isMeasured(this.#measured.semantic) ? this.#semantic.result(classes) : undefined;
    const parsing = isMeasured(this.#measured.parsing) ? this.#parsing.result(partThresholds, classes) : undefined;
    const people = isMeasured(this.#measured.people) ? this.#people.result(personThresholds) : undefined;
    const parts = isMeasured(this.#measured.parts) ? this.#partFigures(classes) : undefined;
    return {
      IoU: semantic?.IoU.map(figure) ?? null,
      mIoU: figure(semantic?.mIoU),
      MeanACC: figure(semantic?.MeanACC),
      PixelACC: figure(semantic?.PixelACC),
      F1Score: semantic?.F1Score.map(figure) ?? null,
      MeanF1Score: figure(semantic?.MeanF1Score),
      APp: parsing === undefined ? null : byThreshold(partThresholds, parsing.APp),
      PCP: parsing === undefined ? null : byThreshold(partThresholds, parsing.PCP),
      APr: parts === undefined ? null : byThreshold(partThresholds, parts.ofThresholds),
      APr_cat: parts?.ofClasses.map(figure) ?? null,
      APh: people === undefined ? null : byThreshold(personThresholds, people),
      mAPp: figure(parsing && meanOfNumbers(parsing.APp)),
      mAPr: figure(parts && meanOfNumbers(parts.ofThresholds)),
      mAPh: figure(people && meanOfNumbers(people)),
    };
  }

  #partFigures(classes: number) {
    const nothing = new InstanceMeter();
    const values = Array.from({ length: classes - 1 }, (_, i) => {
      return (this.#parts.get(i + 1) ?? nothing).result(partThresholds);
    });
    return meansOf(values, partThresholds);
  }

  /** A photo without a prediction is not counted at all. */
  #addSemantic({ name, categories }: PhotoTruth, { semantic }: PhotoPrediction): void {
    if (categories === undefined) return;
    count(this.#measured.semantic, semantic);
    if (semantic === undefined) return;
    this.#semantic.add(semantic, categories, `semantic/${name}.png`);
  }

  #addParts({ parts: truth }: PhotoTruth, { parts: prediction }: PhotoPrediction): void {
    if (truth === undefined) return;
    count(this.#measured.parts, prediction);
    const present = countIds(truth.map);
    const trueIds = Map.groupBy(
      truth.parts.filter(({ id }) => id > 0 && present.has(id)),
      ({ classId }) => classId,
    );
    const idsOf = (classId: number) => new Set(trueIds.get(classId)?.map(({ id }) => id));
    for (const classId of trueIds.keys()) this.#meterOf(classId)?.addTruths(idsOf(classId).size);
    if (prediction === undefined) return;
    const overlaps = new Overlaps(prediction.map, truth.map);
    for (const { id, classId, score } of prediction.found) {
      this.#meterOf(classId)?.addDetection(score, overlaps.bestIou(id, idsOf(classId)));
    }
  }

  /** undefined for what is no part: its figures are not asked for. */
  #meterOf(classId: number): InstanceMeter | undefined {
    if (classId < 1 || classId > 254) return undefined;
    this.#highestPart = Math.max(this.#highestPart, classId);
    const meter = this.#parts.get(classId) ?? new InstanceMeter();
    this.#parts.set(classId, meter);
    return meter;
  }

  #addPeople({ people: truth }: PhotoTruth, { people: prediction }: PhotoPrediction): void {
    if (truth === undefined) return;
    count(this.#measured.people, prediction);
    const trueIds = new Set(countIds(truth).keys());
    trueIds.delete(0);
    this.#people.addTruths(trueIds.size);
    if (prediction === undefined) return;
    const overlaps = new Overlaps(prediction.map, truth);
    for (const { id, score } of prediction.found) this.#people.addDetection(score, overlaps.bestIou(id, trueIds));
  }

  #addParsing({ name, categories, people }: PhotoTruth, { parsing }: PhotoPrediction): void {
    if (categories === undefined || people === undefined) return;
    count(this.#measured.parsing, parsing);
    this.#parsing.add(parsing, { categories, people }, `parsing/parsing/${name}.png`);
  }
}

/** All maps of a photo have one size. */
function assertFits(truth: PhotoTruth, { semantic, parts, people, parsing }: PhotoPrediction): void {
  const { name } = truth;
  const maps: readonly (readonly [map: IdMap | undefined, what: string])[] = [
    [truth.categories, `Category_ids/${name}.png`],
    [truth.people, `Human_ids/${name}.png`],
    [truth.parts?.map, `Instance_ids/${name}.png`],
    [semantic, `semantic/${name}.png`],
    [parts?.map, `part/${name}.png`],
    [people?.map, `human/${name}.png`],
    [parsing?.categories, `parsing/parsing/${name}.png`],
    [parsing?.people, `parsing/ids/${name}.png`],
  ];
  const there = maps.flatMap(([map, what]) => (map === undefined ? [] : [{ map, what }]));
  const [first, ...others] = there;
  for (const { map, what } of others) {
    if (first === undefined || (map.width === first.map.width && map.height === first.map.height)) continue;
    const sizes = `${map.width} x ${map.height} px, and ${first.what} ${first.map.width} x ${first.map.height} px`;
    throw new AppError('invalid_request', `The maps of ${name} differ in size: ${what} has ${sizes}.`);
  }
}

function none(): Measured {
  return { truths: 0, predictions: 0 };
}

function count(measured: Measured, prediction: object | undefined): void {
  measured.truths += 1;
  if (prediction !== undefined) measured.predictions += 1;
}

function isMeasured({ truths, predictions }: Measured): boolean {
  return truths > 0 && predictions > 0;
}
