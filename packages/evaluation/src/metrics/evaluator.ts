import { assertSameSize, type IdMap } from '../id-map.ts';
import { highestClassOf, likelyClassCount } from './class-count.ts';
import { byThreshold, figure, type Figures, meansOf, partThresholds, personThresholds } from './figures.ts';
import { type Detection, InstanceMeter, Overlaps } from './instance-meter.ts';
import { meanOfNumbers } from './mean.ts';
import { type FoundPeople, ParsingMeter } from './parsing-meter.ts';
import { SemanticMeter } from './semantic-meter.ts';

/** A part in the data set: the pixels that have this id. */
export interface TruePart {
  readonly id: number;
  readonly classId: number;
}

/** What the data set says of one photo; it may lack any of it. */
export interface PhotoTruth {
  readonly name: string;
  readonly categories?: IdMap;
  readonly parts?: { readonly map: IdMap; readonly parts: readonly TruePart[] };
  readonly people?: IdMap;
}

/** A part that was found. */
export interface FoundPart extends Detection {
  readonly classId: number;
}

/** What was found in one photo; what is not there was not predicted. */
export interface PhotoPrediction {
  readonly semantic?: IdMap;
  readonly parts?: { readonly map: IdMap; readonly found: readonly FoundPart[] };
  readonly people?: { readonly map: IdMap; readonly found: readonly Detection[] };
  readonly parsing?: FoundPeople;
}

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
  #highestClass = -1;

  /** `classes`: how many there are, with background and without the whole person. Assumed by the data set if unknown. */
  constructor(classes?: number) {
    this.#classes = classes;
    this.#semantic = new SemanticMeter(classes);
    this.#parsing = new ParsingMeter(classes);
  }

  /** Throws `invalid_request` if the photo's maps differ in size, or have a class that there is not. */
  add(truth: PhotoTruth, prediction: PhotoPrediction): void {
    this.#addSemantic(truth, prediction);
    this.#addParts(truth, prediction);
    this.#addPeople(truth, prediction);
    this.#addParsing(truth, prediction);
  }

  /** How many classes the figures have. */
  get classes(): number {
    return this.#classes ?? likelyClassCount(this.#highestClass);
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
    this.#see(highestClassOf(categories));
    if (semantic === undefined) return;
    this.#semantic.add(semantic, categories, `semantic/${name}.png`);
    this.#see(highestClassOf(semantic));
  }

  #addParts({ name, parts: truth }: PhotoTruth, { parts: prediction }: PhotoPrediction): void {
    if (truth === undefined) return;
    count(this.#measured.parts, prediction);
    const present = new Set(truth.map.ids);
    const trueIds = Map.groupBy(
      truth.parts.filter(({ id }) => id > 0 && present.has(id)),
      ({ classId }) => classId,
    );
    const idsOf = (classId: number) => new Set(trueIds.get(classId)?.map(({ id }) => id));
    for (const classId of trueIds.keys()) this.#meterOf(classId)?.addTruths(idsOf(classId).size);
    if (prediction === undefined) return;
    assertSameSize(prediction.map, truth.map, `part/${name}.png`);
    const overlaps = new Overlaps(prediction.map, truth.map);
    for (const { id, classId, score } of prediction.found) {
      this.#meterOf(classId)?.addDetection(score, overlaps.bestIou(id, idsOf(classId)));
    }
  }

  /** undefined for what is no part: its figures are not asked for. */
  #meterOf(classId: number): InstanceMeter | undefined {
    if (classId < 1 || classId > 254) return undefined;
    this.#see(classId);
    const meter = this.#parts.get(classId) ?? new InstanceMeter();
    this.#parts.set(classId, meter);
    return meter;
  }

  #addPeople({ name, people: truth }: PhotoTruth, { people: prediction }: PhotoPrediction): void {
    if (truth === undefined) return;
    count(this.#measured.people, prediction);
    const trueIds = new Set(truth.ids);
    trueIds.delete(0);
    this.#people.addTruths(trueIds.size);
    if (prediction === undefined) return;
    assertSameSize(prediction.map, truth, `human/${name}.png`);
    const overlaps = new Overlaps(prediction.map, truth);
    for (const { id, score } of prediction.found) this.#people.addDetection(score, overlaps.bestIou(id, trueIds));
  }

  #addParsing({ name, categories, people }: PhotoTruth, { parsing }: PhotoPrediction): void {
    if (categories === undefined || people === undefined) return;
    count(this.#measured.parsing, parsing);
    this.#parsing.add(parsing, { categories, people }, `parsing/parsing/${name}.png`);
  }

  #see(classId: number): void {
    this.#highestClass = Math.max(this.#highestClass, classId);
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
