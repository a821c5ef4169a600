/** The `model` part of ModelScope's `configuration.json`, as far as the plain network reads it. Nothing is checked. */
export interface ModelJson {
  backbone: {
    depth: 50 | 101 | 152;
    /** Not in that file, whose networks all have DeepLab's. */
    stem?: 'basic' | 'deeplab';
    num_groups: number;
    width_per_group: number;
    stem_out_channels: number;
    res2_out_channels: number;
    stride_in_1x1: boolean;
    res4_dilation: number;
    res5_dilation: number;
    res5_multi_grid: number[];
  };
  encoder: {
    transformer_nheads: number;
    transformer_dim_feedforward: number;
    transformer_enc_layers: number;
    conv_dim: number;
    mask_dim: number;
  };
  decoder: {
    num_classes: number;
    hidden_dim: number;
    num_queries: number;
    nheads: number;
    dim_feedforward: number;
    dec_layers: number;
    mask_dim: number;
    enforce_input_project: boolean;
  };
}
