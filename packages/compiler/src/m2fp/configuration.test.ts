import { describe, expect, it } from 'vitest';
import { parseConfiguration } from './configuration.ts';
import { cihp, lip } from './class-tables.ts';

const people = (model: Record<string, unknown> = {}) => parseConfiguration({ model });
const single = (model: Record<string, unknown> = {}) => people({ single_human: true, ...model });

describe('a configuration', () => {
  it('that is empty is the published R101 for many people, and lists every key as assumed', () => {
    const { architecture, task, classNames, assumedKeys, ignoredKeys } = parseConfiguration({});
    expect(architecture).toEqual({
      backbone: {
        depth: 101,
        stem: 'deeplab',
        stemWidth: 128,
        res2Width: 256,
        groups: 1,
        widthPerGroup: 64,
        strideIn1x1: false,
        res4Dilation: 1,
        res5Dilation: 1,
        res5MultiGrid: [1, 1, 1],
      },
      pixelDecoder: { width: 256, heads: 8, layers: 6, feedForwardWidth: 1024, maskWidth: 256 },
      decoder: {
        width: 256,
        heads: 8,
        layers: 9,
        feedForwardWidth: 2048,
        queries: 100,
        classes: 21,
        projectsInput: false,
      },
    });
    expect(task).toEqual({ kind: 'm2fp', personClassId: 20 });
    expect(classNames).toEqual(cihp.names);
    expect(assumedKeys).toContain('model.backbone.depth');
    expect(assumedKeys).toContain('model.decoder.num_classes');
    expect(assumedKeys).toHaveLength(36);
    expect(ignoredKeys).toEqual([]);
  });

  it('of one person has 20 classes and a box of 384 x 512 by default', () => {
    expect(single()).toMatchObject({
      task: { kind: 'm2fp-single', widthPx: 384, heightPx: 512, resizeBeforeSum: false },
      classNames: lip.names,
    });
    const other = single({
      input_single_human: {
        sizes: [
          [192, 256],
          [1, 1],
        ],
        more: 1,
      },
      sem_seg_postprocess_before_inference: true,
    });
    expect(other.task).toEqual({ kind: 'm2fp-single', widthPx: 192, heightPx: 256, resizeBeforeSum: true });
  });

  it('may set every size', () => {
    const { architecture, assumedKeys } = people({
      backbone: {
        depth: 50,
        num_groups: 2,
        width_per_group: 3,
        stem_out_channels: 4,
        res2_out_channels: 5,
        stride_in_1x1: true,
        res4_dilation: 6,
        res5_dilation: 7,
        res5_multi_grid: [8, 9, 10],
      },
      encoder: {
        transformer_nheads: 16,
        transformer_dim_feedforward: 11,
        transformer_enc_layers: 12,
        conv_dim: 64,
        mask_dim: 13,
      },
      decoder: {
        num_classes: 14,
        hidden_dim: 32,
        num_queries: 15,
        nheads: 4,
        dim_feedforward: 17,
        dec_layers: 18,
        mask_dim: 13,
      },
    });
    expect(architecture).toEqual({
      backbone: {
        depth: 50,
        stem: 'deeplab',
        stemWidth: 4,
        res2Width: 5,
        groups: 2,
        widthPerGroup: 3,
        strideIn1x1: true,
        res4Dilation: 6,
        res5Dilation: 7,
        res5MultiGrid: [8, 9, 10],
      },
      pixelDecoder: { width: 64, heads: 16, layers: 12, feedForwardWidth: 11, maskWidth: 13 },
      decoder: {
        width: 32,
        heads: 4,
        layers: 18,
        feedForwardWidth: 17,
        queries: 15,
        classes: 14,
        projectsInput: true,
      },
    });
    expect(assumedKeys).not.toContain('model.backbone.depth');
    expect(assumedKeys).toContain('model.decoder.enforce_input_project');
  });

  it('projects the input of the decoder if it says so, or if the widths differ', () => {
    expect(people({ decoder: { enforce_input_project: true } }).architecture.decoder.projectsInput).toBe(true);
    expect(people({ decoder: { hidden_dim: 128 } }).architecture.decoder.projectsInput).toBe(true);
    expect(people({ encoder: { conv_dim: 256 } }).architecture.decoder.projectsInput).toBe(false);
  });

  it('may hold more than the network needs: it is ignored, and listed', () => {
    const { ignoredKeys } = parseConfiguration({
      framework: 'pytorch',
      model: { pretrained: true, backbone: { freeze_at: 2 }, decoder: { loss: { weight: 1 } } },
    });
    expect(ignoredKeys).toEqual(['framework', 'model.backbone.freeze_at', 'model.decoder.loss', 'model.pretrained']);
  });

  it('names its classes; those without a name are numbered, names without a class are left out', () => {
    expect(people({ classes: ['a', 'b', 'c'], decoder: { num_classes: 3 } }).classNames).toEqual(['a', 'b', 'c']);
    expect(people({ classes: ['a'], decoder: { num_classes: 3 } }).classNames).toEqual(['a', 'class_1', 'class_2']);
    expect(people({ classes: ['a', 'b', 'c'], decoder: { num_classes: 2 } }).classNames).toEqual(['a', 'b']);
    expect(people({ decoder: { num_classes: 2 } }).classNames).toEqual(['class_0', 'class_1']);
    expect(people({ decoder: { num_classes: 20 } }).classNames).toEqual(lip.names);
  });
});

describe('a configuration that cannot be built is refused with the key, its value and what is supported', () => {
  it.each([
    [{ type: 'mask2former' }, 'model.type is "mask2former": only "m2fp" is supported'],
    [{ backbone: { depth: 18 } }, 'model.backbone.depth is 18: only 50, 101 and 152 are supported'],
    [{ backbone: { norm: 'GN' } }, 'model.backbone.norm is "GN": only "BN" is supported'],
    [{ backbone: { stem_out_channels: 7 } }, 'model.backbone.stem_out_channels is 7'],
    [{ backbone: { num_groups: 0 } }, 'model.backbone.num_groups is 0'],
    [{ backbone: { width_per_group: '64' } }, 'model.backbone.width_per_group is "64"'],
    [{ backbone: { res5_multi_grid: [1, 2] } }, 'model.backbone.res5_multi_grid is [1,2]'],
    [{ backbone: { res4_dilation: 1.5 } }, 'model.backbone.res4_dilation is 1.5'],
    [{ backbone: { out_features: ['res5'] } }, 'model.backbone.out_features is ["res5"]'],
    [{ backbone: null }, 'model.backbone is null'],
    [{ encoder: { conv_dim: 40 } }, 'model.encoder.conv_dim is 40: it must be a multiple of 32'],
    [{ encoder: { common_stride: 8 } }, 'model.encoder.common_stride is 8: only 4 is supported'],
    [{ encoder: { transformer_in_features: ['res4', 'res5'] } }, 'model.encoder.transformer_in_features'],
    [{ encoder: { transformer_nheads: 3 } }, 'model.encoder.conv_dim, 256, does not divide among 3 heads'],
    [{ encoder: { mask_dim: 64 } }, 'model.encoder.mask_dim is 64 and model.decoder.mask_dim 256'],
    [{ decoder: { pre_norm: true } }, 'model.decoder.pre_norm is true: only false is supported'],
    [{ decoder: { hidden_dim: 258 } }, 'model.decoder.hidden_dim is 258: it must be a multiple of 4'],
    [{ decoder: { nheads: 7 } }, 'model.decoder.hidden_dim, 256, does not divide among 7 heads'],
    [{ decoder: { num_classes: 256 } }, 'model.decoder.num_classes is 256'],
    [{ decoder: { dec_layers: 1e9 } }, 'model.decoder.dec_layers is 1000000000'],
    [{ single_human: 'yes' }, 'model.single_human is "yes": only true and false are supported'],
    [{ parsing_on: false }, 'model.parsing_on is false'],
    [{ semantic_on: true }, 'model.semantic_on is true'],
    [{ single_human: true, semantic_on: false }, 'model.semantic_on is false'],
    [{ single_human: true, input_single_human: null }, 'model.input_single_human is null'],
    [{ single_human: true, input_single_human: { sizes: [] } }, 'model.input_single_human.sizes is []'],
    [{ sem_seg_postprocess_before_inference: false }, 'model.sem_seg_postprocess_before_inference is false'],
    [{ classes: 'all' }, 'model.classes is "all"'],
  ])('%j', (model, message) => {
    expect(() => people(model)).toThrow(message);
  });

  it('names the file', () => {
    expect(() => parseConfiguration({ model: { type: 1 } }, '/a/configuration.json')).toThrow(
      '/a/configuration.json describes a network that cannot be built: model.type is 1',
    );
    expect(() => parseConfiguration([], '/a/configuration.json')).toThrow(
      '/a/configuration.json is not a JSON object.',
    );
    expect(() => parseConfiguration({ model: 3 })).toThrow('configuration.json: model is not a JSON object.');
  });
});

it('a configuration that is wrong in thousands of places is refused in a few sentences', () => {
  const decoder = { nheads: 'x'.repeat(100_000) };
  const encoder = { in_features: Array.from({ length: 5_000 }, () => -1) };
  const message = messageOf(() => parseConfiguration({ model: { decoder, encoder } }));
  expect(message).toContain('cannot be built');
  expect(message.length).toBeLessThan(5_000);
});

function messageOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return String(error);
  }
  throw new Error('It was not refused.');
}
