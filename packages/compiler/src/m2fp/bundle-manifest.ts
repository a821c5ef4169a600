import type { ManifestDraft, ManifestOf } from '@m2fp/core/model';
import { elementCount, type TensorSource } from '../checkpoint/tensor-source.ts';
import { blockCounts } from './architecture.ts';
import type { M2fpConfiguration } from './configuration.ts';
import { createLabels } from './labels.ts';
import { networkTensors } from './network.ts';

export const graphFileName = 'model.onnx';
export const weightsFileName = 'model.weights';

/** What a bundle's manifest says about its weights that the compiler cannot know. */
export interface BundleDescription {
  /** The bundle's name, which is part of file names and of its queue's name. */
  name: string;
  version?: string;
  licence?: string;
  /** Where the weights come from. Default: the tensor source's description. */
  source?: string;
  /** True if the weights are random. Default: false. */
  synthetic?: boolean;
}

/** What stride 32 requires. */
const padMultiple = 32;

/** The gray around a photo of one person. */
const boxFill = 128;

export function createManifest(
  source: TensorSource,
  configuration: M2fpConfiguration,
  description: BundleDescription,
): ManifestDraft {
  const { task, classNames } = configuration;
  const { mean, std, minSize, maxSize } = configuration.input;
  const input: ManifestOf<'m2fp'>['input'] = { mean: [...mean], std: [...std], padMultiple };
  const common = {
    v: 1 as const,
    name: description.name,
    version: description.version ?? '1',
    licence: description.licence ?? 'that of the checkpoint (the published weights: CC BY-NC 4.0)',
    source: description.source ?? source.description,
    synthetic: description.synthetic ?? false,
    graph: graphFileName,
    dtype: 'float32' as const,
    parameters: countParameters(configuration),
    architecture: describeArchitecture(source, configuration),
  };
  return task.kind === 'm2fp'
    ? {
        ...common,
        kind: 'm2fp',
        labels: createLabels(classNames, task.personClassId),
        input,
        personClassId: task.personClassId,
        reference: { minSize, maxSize },
      }
    : {
        ...common,
        kind: 'm2fp-single',
        labels: createLabels(classNames, undefined),
        input: { ...input, width: task.widthPx, height: task.heightPx, fill: boxFill },
        resizeBeforeSum: task.resizeBeforeSum,
      };
}

/** Batch normalization is not counted: it folds into the convolutions. */
export function countParameters({ architecture }: M2fpConfiguration): number {
  let count = 0;
  for (const [name, shape] of networkTensors(architecture)) {
    if (!/^backbone\..*\.norm\./.test(name)) count += elementCount(shape);
  }
  return count;
}

/** Facts for human readers: sizes, and which parts of the checkpoint were filled in or left out. */
function describeArchitecture(source: TensorSource, configuration: M2fpConfiguration): ManifestDraft['architecture'] {
  const { architecture, assumedKeys, ignoredKeys } = configuration;
  const { backbone, pixelDecoder, decoder } = architecture;
  const required = networkTensors(architecture);
  return {
    network: `M2FP, ResNet-${backbone.depth}`,
    backbone: { ...backbone, res5MultiGrid: [...backbone.res5MultiGrid], blocks: [...blockCounts[backbone.depth]] },
    pixelDecoder: { ...pixelDecoder },
    decoder: { ...decoder },
    assumedConfigurationKeys: [...assumedKeys],
    ignoredConfigurationKeys: [...ignoredKeys],
    // Counters of batch normalization are left out: every layer has one.
    ignoredTensors: source.names().filter((name) => !required.has(name) && !name.endsWith('.num_batches_tracked')),
  };
}
