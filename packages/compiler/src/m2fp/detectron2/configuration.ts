/**
 * An M2FP network from a configuration of detectron2, as the authors publish them (github.com/soeaver/M2FP, `configs`),
 * and the tensors of its checkpoint.
 */
import { checkpointError } from '../../checkpoint/checkpoint-error.ts';
import type { TensorSource } from '../../checkpoint/tensor-source.ts';
import type { BackboneArchitecture } from '../architecture.ts';
import { type ClassTable, genericName, tableOfSize, tableOf, wholePerson } from '../class-tables.ts';
import { type M2fpConfiguration, readArchitecture, readModel, readTask } from '../configuration.ts';
import { visibleSizes } from '../visible-sizes.ts';
import { assertM2fp, detectron2Key, detectron2Value, foundSizes, standardModel } from './architecture-keys.ts';
import { readInput } from './input-keys.ts';
import { Settings } from './settings.ts';
import type { YamlObject } from './yaml-file.ts';

/** Enough to see what kind of file it is; a dump of all settings has hundreds. */
const maxIgnoredKeys = 100;

/**
 * What a configuration says about the checkpoint whose tensors these are; `value` is empty if there is none. Throws
 * `model_unavailable`, naming the file, the key and its value, for a network that the compiler cannot build.
 */
export function parseDetectron2(value: YamlObject, file: string, source: TensorSource): M2fpConfiguration {
  const settings = new Settings(value);
  assertM2fp(settings, file);
  const sizes = visibleSizes(source);
  const found = foundSizes(settings);
  const classes = sizes.decoder.classes ?? Number(found.decoder['num_classes']);
  const names = chooseNames(settings, classes);
  const isSingle = !isForMany(settings, names.table, classes);
  const origin = { file, keyOf: detectron2Key, valueOf: detectron2Value };
  const task = isSingle ? singleTask(settings) : { num_parsing: names.personClassId };
  const { model, assumed } = readModel(
    { ...found, ...task },
    standardModel(sizes, isSingle, settings.has('MODEL')),
    origin,
  );
  const architecture = readArchitecture(model);
  const input = readInput(settings, file);
  return {
    task: readTask(model),
    architecture: {
      ...architecture,
      backbone: { ...architecture.backbone, stem: readStem(settings) ?? sizes.backbone.stem ?? 'deeplab' },
    },
    classNames: names.classNames,
    input: input.value,
    ignoredKeys: settings.unasked(maxIgnoredKeys),
    assumedKeys: [...new Set(assumed.filter((key) => key.startsWith('MODEL.') && !key.includes('.TEST.')))],
    notes: [...names.notes, ...input.notes, ...taskNotes(settings, isSingle)],
    origin,
  };
}

/** Undefined if the file does not say. */
function readStem(settings: Settings): BackboneArchitecture['stem'] | undefined {
  const type = settings.get('MODEL.RESNETS.STEM_TYPE');
  // This builder has no other stem, whatever the type is.
  if (settings.get('MODEL.BACKBONE.NAME') === 'build_resnet_backbone') return 'basic';
  return type === 'basic' || type === 'deeplab' ? type : undefined;
}

/** Without either flag: by the classes. A network with one for the whole person was trained to tell people apart. */
function isForMany(settings: Settings, table: ClassTable | undefined, classes: number): boolean {
  const parsing = settings.flag('MODEL.M2FP.TEST.PARSING_ON');
  const semantic = settings.flag('MODEL.M2FP.TEST.SEMANTIC_ON');
  if (parsing === true) return true;
  if (semantic === true || parsing === false) return false;
  return (table ?? tableOfSize(classes))?.names.includes(wholePerson) ?? true;
}

/** How the authors test on LIP: each photo in a box of one size (`M2FPSingleHumanTestDatasetMapper`). */
function singleTask(settings: Settings): Record<string, unknown> {
  const before = settings.get('MODEL.M2FP.TEST.SEM_SEG_POSTPROCESSING_BEFORE_INFERENCE');
  const sizes = settings.get('INPUT.SINGLE_HUMAN.SIZES');
  return {
    single_human: true,
    sem_seg_postprocess_before_inference: before ?? false,
    ...(sizes === undefined ? {} : { input_single_human: { sizes } }),
  };
}

function taskNotes(settings: Settings, isSingle: boolean): string[] {
  const flags = ['MODEL.M2FP.TEST.PARSING_ON', 'MODEL.M2FP.TEST.SEMANTIC_ON'];
  if (flags.every((name) => settings.flag(name) === false)) {
    return ['MODEL.M2FP.TEST has both SEMANTIC_ON and PARSING_ON off: taken as one person.'];
  }
  const [dataset = ''] = settings.texts('DATASETS.TEST');
  const isBoxed = settings.flag('INPUT.SINGLE_HUMAN.ENABLED') === true || /lip|atr/.test(dataset);
  if (!isSingle || isBoxed || !settings.has('MODEL')) return [];
  return [
    'The authors test such a network on the whole photo; here each photo is fitted into a box, as they do for LIP ' +
      '(INPUT.SINGLE_HUMAN).',
  ];
}

interface Names {
  readonly table: ClassTable | undefined;
  readonly classNames: readonly string[];
  /** The number of classes if none is the whole person. */
  readonly personClassId: number;
  readonly notes: readonly string[];
}

/** By the data set that the file names, if it has as many classes, with or without the whole person. */
function chooseNames(settings: Settings, classes: number): Names {
  if (!Number.isInteger(classes) || classes < 1 || classes > 255) {
    throw checkpointError(
      `Neither the tensors nor ${detectron2Key('decoder.num_classes')} say how many classes there are.`,
    );
  }
  const datasets = [...settings.texts('DATASETS.TEST'), ...settings.texts('DATASETS.TRAIN')];
  const known = datasets.flatMap((dataset) => tableOf(dataset) ?? []);
  const fits = ({ names }: ClassTable): boolean =>
    names.length === classes || (names.at(-1) === wholePerson && names.length - 1 === classes);
  const table = known.find(fits) ?? (datasets.length === 0 ? tableOfSize(classes) : undefined);
  if (table !== undefined) {
    const person = table.names.indexOf(wholePerson);
    return {
      table,
      classNames: table.names.slice(0, classes),
      personClassId: person < 0 ? classes : person,
      notes:
        datasets.length > 0 ? [] : [`No data set is named: the classes are taken to be those of ${table.dataset}.`],
    };
  }
  const why = describeUnknown(datasets[0], known[0], classes);
  return {
    table: undefined,
    classNames: Array.from({ length: classes }, (_, id) => genericName(id)),
    personClassId: settings.flag('MODEL.M2FP.WITH_HUMAN_INSTANCE') === false ? classes : classes - 1,
    notes: [`${why}: its classes are called ${genericName(0)}, ${genericName(1)} …; name them with --labels FILE.`],
  };
}

function describeUnknown(dataset: string | undefined, known: ClassTable | undefined, classes: number): string {
  if (dataset === undefined) return `No data set is named, and none that is known here has ${classes} classes`;
  if (known === undefined) return `The data set ${dataset} is not known here`;
  return `${known.dataset} has ${known.names.length} classes, but the network ${classes}`;
}
