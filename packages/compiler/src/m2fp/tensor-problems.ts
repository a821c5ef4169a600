/** Whether a checkpoint's tensors are those of the network that its configuration describes. */
import { tensorProblem, type TensorSource } from '../checkpoint/tensor-source.ts';
import type { M2fpConfiguration } from './configuration.ts';
import { describeMask2Former } from './known-networks.ts';
import { networkTensors } from './network.ts';
import { visibleSizes } from './visible-sizes.ts';

/**
 * One message for each size in which the configuration differs from the tensors, and for each tensor that is missing or
 * has another shape. Reads none.
 */
export function tensorProblems(source: TensorSource, configuration: M2fpConfiguration): string[] {
  const missing = [...networkTensors(configuration.architecture)].flatMap(
    ([name, shape]) => tensorProblem(source, name, shape) ?? [],
  );
  return [...sizeProblems(source, configuration), ...missing];
}

/** A network with more layers or blocks than its configuration says has every tensor that is asked for. */
function sizeProblems(source: TensorSource, { architecture, origin }: M2fpConfiguration): string[] {
  const { backbone, pixelDecoder, decoder } = architecture;
  const visible = visibleSizes(source);
  const { file, keyOf, valueOf } = origin;
  const text = (key: string, value: unknown): string => String(valueOf(key, value));
  const rows: [key: string, said: unknown, shown: unknown][] = [
    ['backbone.depth', backbone.depth, visible.backbone.depth],
    ['backbone.stem', backbone.stem, visible.backbone.stem],
    ['backbone.stem_out_channels', backbone.stemWidth, visible.backbone.stemWidth],
    ['backbone.res2_out_channels', backbone.res2Width, visible.backbone.res2Width],
    ['backbone.num_groups', backbone.groups, visible.backbone.groups],
    ['backbone.width_per_group', backbone.widthPerGroup, visible.backbone.widthPerGroup],
    ['encoder.conv_dim', pixelDecoder.width, visible.pixelDecoder.width],
    ['encoder.transformer_nheads', pixelDecoder.heads, visible.pixelDecoder.heads],
    ['encoder.transformer_enc_layers', pixelDecoder.layers, visible.pixelDecoder.layers],
    ['encoder.transformer_dim_feedforward', pixelDecoder.feedForwardWidth, visible.pixelDecoder.feedForwardWidth],
    ['encoder.mask_dim', pixelDecoder.maskWidth, visible.pixelDecoder.maskWidth],
    ['decoder.hidden_dim', decoder.width, visible.decoder.width],
    ['decoder.dec_layers', decoder.layers, visible.decoder.layers],
    ['decoder.dim_feedforward', decoder.feedForwardWidth, visible.decoder.feedForwardWidth],
    ['decoder.num_queries', decoder.queries, visible.decoder.queries],
    ['decoder.num_classes', decoder.classes, visible.decoder.classes],
    ['decoder.enforce_input_project', decoder.projectsInput, visible.decoder.projectsInput],
  ];
  const problems = rows.flatMap(([key, said, shown]) =>
    shown === undefined || shown === said
      ? []
      : [
          `${file} has ${keyOf(key)} ${text(key, said)}, but the tensors in ${source.description} show ${text(key, shown)}.`,
        ],
  );
  const other = visible.decoder.classes === decoder.classes ? undefined : describeMask2Former(visible.decoder.classes);
  return other === undefined ? problems : [...problems, `(${other}.)`];
}
